/* seeother test-mail: a mail of made-up values, sent as the worker would send it, so that an owner sees at once whether mail works. */
#include "command/command_test_mail.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/json.h"
#include "command/loaded.h"
#include "task/mail.h"

enum { CANT_START = 127 };

/* --- the outcome ------------------------------------------------------------------------------------------------------- */

/* Gives what somebody might have filled in. */
static const char *sample_value(const struct config *config, const struct field *field)
{
	if (field->options.n)
		return field->options.values[0];
	if (field->preset)
		return field->preset;
	switch (field->type) {
	case FIELD_EMAIL: return config->from.address;
	case FIELD_URL: return "https://example.org/";
	case FIELD_TEL: return "+1 555 0100";
	case FIELD_NUMBER: return field->min.text ? field->min.text : "7";
	case FIELD_DATE: return field->min.text ? field->min.text : "2026-12-31";
	case FIELD_CHECKBOX: return "on";
	case FIELD_TEXTAREA: return "This is a test.\nIt has two lines.";
	case FIELD_FILE:
	case FIELD_TRAP: return NULL;
	default: return field->autocomplete && strcmp(field->autocomplete, "name") == 0 ? "Ada Lovelace" : "Test";
	}
}

static json_t *sample_record(const struct config *config, const struct form *form, const struct task *task)
{
	char received[DATE_STAMP];
	struct timespec now;
	json_t *fields = json_made(json_object());
	clock_gettime(CLOCK_REALTIME, &now);
	date_stamp_write(received, now);
	for (size_t i = 0; i < form->fields_n; i++) {
		const char *value = sample_value(config, &form->fields[i]);
		if (value)
			json_object_set_new(fields, form->fields[i].name, json_made(json_string(value)));
	}
	if (!form->fields_n)
		json_object_set_new(fields, task->reply ? task->reply : "message",
			json_made(json_string(task->reply ? config->from.address : "This is a test.")));
	char id[sizeof "test" + 20];
	snprintf(id, sizeof id, "test%jd", (intmax_t)now.tv_sec);
	return json_made(json_pack("{ss ss ss so}", "id", id, "form", form->name, "received", received, "fields", fields));
}

/* Gives the first form that names the task, or else the first form. */
static const struct form *form_with(const struct config *config, const struct task *task)
{
	for (size_t i = 0; i < config->forms_n; i++)
		for (size_t k = 0; k < config->forms[i].after.n; k++)
			if (strcmp(config->forms[i].after.words[k], task->name) == 0)
				return &config->forms[i];
	return config->forms_n ? &config->forms[0] : NULL;
}

/* --- the mail ---------------------------------------------------------------------------------------------------------- */

/* Runs in the child. A worker's tasks have the same environment. */
_Noreturn static void become_sendmail(const struct config *config, int message)
{
	const char *const arguments[] = {config->sendmail, "-t", "-i", "-f", config->from.address, NULL};
	const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/nonexistent", NULL};
	if (lseek(message, 0, SEEK_SET) == 0 && dup2(message, STDIN_FILENO) == STDIN_FILENO)
		execve(arguments[0], (char *const *)(uintptr_t)arguments, (char *const *)(uintptr_t)environment);
	fprintf(stderr, "seeother: %s: %s\n", config->sendmail, strerror(errno));
	_exit(CANT_START);
}

/* Gives the message to the mail program and waits for it; 0, or 1 with the reason printed. */
static int send_message(const struct config *config, const struct text *message)
{
	int status;
	FILE *file = tmpfile();
	if (!file || file_write(fileno(file), message->bytes, message->length) < 0) {
		fprintf(stderr, "seeother: a file for the message: %s\n", strerror(errno));
		if (file)
			fclose(file);
		return 1;
	}
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		become_sendmail(config, fileno(file));
	bool ended = child > 0 && waitpid(child, &status, 0) == child;
	fclose(file);
	if (ended && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		printf("%s took the mail.\n", config->sendmail);
		return 0;
	}
	if (!ended)
		fprintf(stderr, "seeother: %s can't be started: %s\n", config->sendmail, strerror(errno));
	else if (WIFEXITED(status))
		fprintf(stderr, "seeother: %s failed: exit status %d\n", config->sendmail, WEXITSTATUS(status));
	else
		fprintf(stderr, "seeother: %s failed: signal %d\n", config->sendmail, WTERMSIG(status));
	return 1;
}

static int test_task(struct loaded *loaded, const struct task *task, bool print)
{
	const struct config *config = loaded->config;
	const struct form *form = form_with(config, task);
	if (!form) {
		fprintf(stderr, "seeother: there is no form\n");
		return 1;
	}
	struct task tested = *task;
	tested.subject = text_printed(&loaded->arena, "Test: %s", task->subject ? task->subject : form->title);
	json_t *record = sample_record(config, form, task);
	const struct text *message = mail_compose(config, form, &tested, record, &loaded->arena);
	json_decref(record);
	if (!message) {
		fprintf(stderr, "seeother: the form \"%s\" has no field for an address to reply to\n", form->name);
		return 1;
	}
	if (!print)
		return send_message(config, message);
	fwrite(message->bytes, 1, message->length, stdout);
	return 0;
}

int command_test_mail(int argc, char **argv)
{
	struct loaded loaded;
	bool print = argc == 2 && strcmp(argv[1], "--print") == 0;
	if (argc == 2 && !print) {
		fprintf(stderr, "seeother: there is no option \"%s\"\n", argv[1]);
		return 2;
	}
	loaded_begin(&loaded);
	const struct task *task = loaded.config ? config_task(loaded.config, argv[0]) : NULL;
	bool mails = task && (task->kind == TASK_MAIL || task->kind == TASK_REPLY);
	if (loaded.config && !mails)
		fprintf(stderr, task ? "seeother: the task \"%s\" sends no mail\n" : "seeother: there is no [task %s]\n", argv[0]);
	return loaded_end(&loaded, mails ? test_task(&loaded, task, print) : 1);
}
