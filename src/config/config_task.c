/* [task NAME], and the tasks that forms name. */
#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "config/loader.h"
#include "config/reader.h"

enum { PARALLEL_MAX = 1000 };

static void take_task(struct loader *loader, const char *text)
{
	loader_setting(loader, SETTING_TASK, text, loader->into);
}

void loader_tasks_read(struct loader *loader)
{
	struct config *config = loader->config;
	struct setting_source source = loader_source(loader);
	const char *name = loader_name(loader, "task");
	if (!name)
		return;
	if (!reader_is_name(name)) {
		loader_fault(loader, "a task needs a name of letters, digits and hyphens: [task tell-owner]");
		return;
	}
	struct task *task = &config->tasks[config->tasks_n++];
	task->name = arena_copy(source.arena, name, strlen(name));
	setting_defaults(&source, SETTING_TASK, task);
	size_t before = loader->faults->length;
	loader_each(loader, take_task, task, 0);
	task->faulty = loader->faults->length > before;
	task->kind = task->command.n ? TASK_COMMAND : task->mail ? TASK_MAIL : TASK_REPLY;
}

static void check_task(struct loader *loader, const struct task *task)
{
	if (task->faulty)
		return;
	if ((task->command.n > 0) + (task->mail != NULL) + (task->reply != NULL) != 1)
		loader_fault(loader, "needs one of command, mail and reply");
	if (task->kind != TASK_COMMAND && !loader->config->from)
		loader_fault(loader, "sends mail, so from = ADDRESS is needed in [seeother]");
	if (task->kind != TASK_COMMAND && task->input)
		loader_fault(loader, "input is for commands");
	if (!task->timeout)
		loader_fault(loader, "timeout: takes a duration of at least a second");
}

/* A field that a task of the form reads must be there, where the form says which fields it has. */
static void check_fields(struct loader *loader, const struct form *form, const struct task *task)
{
	const char *input = task->input, *reply = task->reply;
	const struct field *file = input ? form_field(form, span_of(input)) : NULL, *email = reply ? form_field(form, span_of(reply)) : NULL;
	if (input && form->fields_n && (!file || file->type != FIELD_FILE))
		loader_fault(loader, "the task \"%s\" reads the file field \"%s\", which this form has not", task->name, input);
	if (reply && form->fields_n && (!email || email->type != FIELD_EMAIL))
		loader_fault(loader, "the task \"%s\" replies to the email field \"%s\", which this form has not", task->name, reply);
}

static void check_form(struct loader *loader, const struct form *form)
{
	const struct config *config = loader->config;
	const struct task *result = form->result ? config_task(config, form->result) : NULL;
	for (size_t i = 0; i < form->after.n; i++) {
		const struct task *task = config_task(config, form->after.words[i]);
		if (!task)
			loader_fault(loader, "after: there is no [task %s]", form->after.words[i]);
		else
			check_fields(loader, form, task);
		if (form->result && strcmp(form->after.words[i], form->result) == 0)
			loader_fault(loader, "after: the task \"%s\" makes the result already", form->result);
	}
	if (form->result && (!result || (result->kind != TASK_COMMAND && !result->faulty)))
		loader_fault(loader, "result: there is no [task %s] with a command", form->result);
	else if (result)
		check_fields(loader, form, result);
}

void loader_tasks_check(struct loader *loader)
{
	const struct config *config = loader->config;
	loader->section = "seeother";
	loader->key = "parallel";
	if (!config->parallel || config->parallel > PARALLEL_MAX)
		loader_fault(loader, "takes a count from 1 to %d", PARALLEL_MAX);
	loader->key = NULL;
	for (size_t i = 0; i < config->tasks_n; i++) {
		loader->section = text_printed(loader_arena(loader), "task %s", config->tasks[i].name);
		check_task(loader, &config->tasks[i]);
	}
	for (size_t i = 0; i < config->forms_n; i++) {
		loader->section = text_printed(loader_arena(loader), "form %s", config->forms[i].name);
		check_form(loader, &config->forms[i]);
	}
}
