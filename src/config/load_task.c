/* Loading [task NAME], and checking the tasks that forms name. */
#include "config/load_task.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "config/reader.h"

enum { PARALLEL_MAX = 1000 };

void load_task_read(const struct loader *loader, const struct ini_section *section, const char *name)
{
	struct config *config = loader->config;
	if (!reader_is_name(name)) {
		loader_fault(loader, section->name, NULL,
			"a task needs a name of letters, digits, hyphens and underscores, such as [task tell-owner]");
		return;
	}
	struct task *task = &config->tasks[config->tasks_n++];
	task->name = arena_copy(&config->arena, name, strlen(name));
	size_t before = loader->faults->length;
	loader_settings(loader, section, SETTING_TASK, task);
	task->faulty = loader->faults->length > before;
	task->kind = task->command.n ? TASK_COMMAND : task->mail.n ? TASK_MAIL : task->webhook ? TASK_WEBHOOK : TASK_REPLY;
}

/* A digest is about many outcomes, so it has nothing to fill holes with. */
static void check_digest(const struct loader *loader, const char *section, const struct task *task)
{
	if (task->digest && task->kind != TASK_MAIL)
		loader_fault(loader, section, "digest", "is for mail only");
	if (task->suspicious && !task->digest)
		loader_fault(loader, section, "suspicious", "needs a digest, such as digest = 1d");
	if (!task->digest)
		return;
	if (task->text_file || task->html_file || task->from_name)
		loader_fault(loader, section, "digest", "has no templates and no from_name, which are about one outcome");
	if ((task->subject && strchr(task->subject, '{')) || (task->text && strchr(task->text, '{')))
		loader_fault(loader, section, "digest", "takes no {field} in subject and text, because it is about many outcomes");
}

static void check_bounds(const struct loader *loader, const char *section, const struct task *task)
{
	if (!task->output)
		loader_fault(loader, section, "output", "takes a size of at least a byte: with 0 a command could write nothing");
	if (!task->memory)
		loader_fault(loader, section, "memory", "takes a size of at least a byte: with 0 a command could not run");
	if (!task->timeout)
		loader_fault(loader, section, "timeout", "takes a duration of at least a second");
}

static void check_task(const struct loader *loader, const struct task *task)
{
	const char *section = text_printed(&loader->config->arena, "task %s", task->name);
	if (task->faulty)
		return;
	if ((task->command.n > 0) + (task->mail.n > 0) + (task->reply != NULL) + (task->webhook != NULL) != 1)
		loader_fault(loader, section, NULL, "needs one of command, mail, reply and webhook");
	if ((task->kind == TASK_MAIL || task->kind == TASK_REPLY) && !loader->config->from.address)
		loader_fault(loader, section, NULL, "sends mail, so [seeother] needs from = ADDRESS");
	if (task->kind != TASK_MAIL && (task->cc.n || task->bcc.n))
		loader_fault(loader, section, task->cc.n ? "cc" : "bcc", "is for mail only");
	if (task->kind != TASK_MAIL && task->kind != TASK_REPLY && (task->text_file || task->html_file || task->from_name))
		loader_fault(loader, section,
			task->text_file           ? "text_file"
				: task->html_file ? "html_file"
						  : "from_name",
			"is for mail only");
	if (task->kind != TASK_COMMAND && task->input)
		loader_fault(loader, section, "input", "is for commands only");
	if (task->kind != TASK_WEBHOOK && task->style != STYLE_JSON)
		loader_fault(loader, section, "style", "is for webhooks only");
	if (task->kind != TASK_WEBHOOK && task->secret_file)
		loader_fault(loader, section, "secret_file", "is for webhooks only");
	check_digest(loader, section, task);
	check_bounds(loader, section, task);
}

/* Checks that the form has the fields that its task reads, unless it takes anything. */
static void check_fields_read(const struct loader *loader, const char *section, const struct form *form, const struct task *task)
{
	const char *input = task->input, *reply = task->reply;
	const struct field *file = input ? form_field(form, span_of(input)) : NULL,
			   *email = reply ? form_field(form, span_of(reply)) : NULL;
	if (input && form->fields_n && (!file || file->type != FIELD_FILE))
		loader_fault(loader, section, NULL, "the task \"%s\" reads the file field \"%s\", which this form does not have",
			task->name, input);
	if (reply && form->fields_n && (!email || email->type != FIELD_EMAIL))
		loader_fault(loader, section, NULL, "the task \"%s\" replies to the email field \"%s\", which this form does not have",
			task->name, reply);
}

void load_task_check_form(const struct loader *loader, struct form *form)
{
	const char *section = text_printed(&loader->config->arena, "form %s", form->name);
	const struct config *config = loader->config;
	const struct task *result = form->result ? config_task(config, form->result) : NULL;
	form->result = result ? result->name : form->result;
	for (size_t i = 0; i < form->after.n; i++) {
		const struct task *task = config_task(config, form->after.words[i]);
		form->after.words[i] = task ? task->name : form->after.words[i];
		if (!task)
			loader_fault(loader, section, "after", "there is no [task %s]", form->after.words[i]);
		else
			check_fields_read(loader, section, form, task);
		if (form->result && strcmp(form->after.words[i], form->result) == 0)
			loader_fault(loader, section, "after", "the task \"%s\" makes the result already", form->result);
	}
	if (form->result && (!result || (result->kind != TASK_COMMAND && !result->faulty)))
		loader_fault(loader, section, "result", "there is no [task %s] with a command", form->result);
	else if (result)
		check_fields_read(loader, section, form, result);
}

/* The alarm tells about one task at a time, and there is no visitor to whom it could reply. */
static void check_alarm(const struct loader *loader)
{
	const struct task *task = loader->config->alarm ? config_task(loader->config, loader->config->alarm) : NULL;
	if (loader->config->alarm && !task)
		loader_fault(loader, "seeother", "alarm", "there is no [task %s]", loader->config->alarm);
	else if (task && !task->faulty && (task->kind == TASK_REPLY || task->digest))
		loader_fault(loader, "seeother", "alarm", "takes a task with command, webhook or mail, without a digest");
}

void load_task_check(const struct loader *loader)
{
	const struct config *config = loader->config;
	if (!config->parallel || config->parallel > PARALLEL_MAX)
		loader_fault(loader, "seeother", "parallel", "takes a number from 1 to %d", PARALLEL_MAX);
	check_alarm(loader);
	for (size_t i = 0; i < config->tasks_n; i++)
		check_task(loader, &config->tasks[i]);
	for (size_t i = 0; i < config->forms_n; i++)
		load_task_check_form(loader, &config->forms[i]);
}
