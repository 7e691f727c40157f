/*
 * The input of a run is a file, so that neither side ever waits for the other. Unless it is an upload it is in memory only, so that
 * nothing of an outcome is left on the disk once the outcome is erased.
 */
#define _GNU_SOURCE /* memfd_create */
#include "task/preparation.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/span.h"
#include "keep/record.h"
#include "task/job.h"
#include "task/mail.h"
#include "task/webhook.h"

static const char **environment_of(const struct queue *queue, const struct queued_job *queued, const json_t *record, struct arena *arena)
{
	const json_t *files = json_object_get(record, "files"), *file;
	const char **environment = arena_take(arena, (json_array_size(files) + 16) * sizeof *environment);
	size_t n = 0, i;
	environment[n++] = "PATH=/usr/local/bin:/usr/bin:/bin";
	environment[n++] = "LANG=C.UTF-8";
	/* Programs obey files in HOME, so it must not be a folder that a process in the sandbox can write to. */
	environment[n++] = "HOME=/nonexistent";
	environment[n++] = text_printed(arena, "SEEOTHER_ID=%s", queued->id);
	environment[n++] = text_printed(arena, "SEEOTHER_FORM=%s", queue->form->name);
	environment[n++] = text_printed(arena, "SEEOTHER_TASK=%s", queue->task->name);
	environment[n++] = text_printed(arena, "SEEOTHER_ATTEMPT=%ju", (uintmax_t)queued->attempts + 1);
	if (queue->config->base)
		environment[n++] = text_printed(arena, "SEEOTHER_URI=%s/%s/%s", queue->config->base, queue->form->name, queued->id);
	environment[n++] = text_printed(arena, "SEEOTHER_FILES=%zu", json_array_size(files));
	json_array_foreach(files, i, file) {
		char path[PATH_MAX];
		if (record_upload(queue->config->data, queue->form->name, file, path) == 0)
			environment[n++] = text_printed(arena, "SEEOTHER_FILE_%zu=%s", i + 1, path);
	}
	return environment;
}

/* Makes a file in memory of what a run reads; -1 on failure, which is logged. */
static int write_memory(const struct queue *queue, const struct queued_job *queued, const char *bytes, size_t n)
{
	int file = memfd_create("input", MFD_CLOEXEC);
	if (file >= 0 && file_write(file, bytes, n) == 0)
		return file;
	diag_system("%s/%s: the input of the task \"%s\" can't be written", queue->form->name, queued->id, queue->task->name);
	file_close(file);
	return -1;
}

static enum preparation_made write_input(
	struct preparation *preparation, const struct queue *queue, const struct queued_job *queued, const char *bytes, size_t n)
{
	preparation->run.input_file = preparation->input = write_memory(queue, queued, bytes, n);
	return preparation->input < 0 ? PREPARATION_FAILED : PREPARATION_READY;
}

/* Finds the upload that is the task's input. */
static int find_input(const struct queue *queue, const json_t *record, char path[PATH_MAX])
{
	const struct field *field = form_field(queue->form, span_of(queue->task->input));
	const char *wanted = field ? field->name : queue->task->input;
	const json_t *file;
	size_t i;
	json_array_foreach(json_object_get(record, "files"), i, file) {
		const char *name = json_string_value(json_object_get(file, "field"));
		if (name && strcmp(name, wanted) == 0)
			return record_upload(queue->config->data, queue->form->name, file, path);
	}
	return -1;
}

void preparation_begin(struct preparation *preparation, const struct queue *queue, const struct queued_job *queued, const json_t *record,
	struct arena *arena)
{
	const struct task *task = queue->task;
	*preparation = (struct preparation){.input = -1,
		.data = -1,
		.run = {.folder = queue->folder,
			.node = queue->config->node,
			.timeout = task->timeout,
			.output_max = task->output,
			.memory_max = task->memory,
			.environment = environment_of(queue, queued, record, arena)}};
}

static enum preparation_made prepare_command(struct preparation *preparation, const struct queue *queue, const struct queued_job *queued,
	const json_t *record, bool result, struct arena *arena)
{
	char upload[PATH_MAX], part[PATH_MAX];
	const struct task *task = queue->task;
	struct run_options *run = &preparation->run;
	bool has_input = task->input && find_input(queue, record, upload) == 0;
	job_result(queue->folder, span_of(queued->id), false, part);
	unlink(part); /* what a run under a killed worker started may still write into it */
	run->output = result ? arena_copy(arena, part, strlen(part)) : NULL;
	run->command = task->command.words; /* a NULL follows them */
	if (!has_input)
		return write_input(preparation, queue, queued, queued->line.bytes, task->input ? 0 : queued->line.length);
	run->input = arena_copy(arena, upload, strlen(upload));
	return PREPARATION_READY;
}

static void use_sendmail(const struct config *config, struct run_options *run, struct arena *arena)
{
	const char **command = arena_take(arena, 6 * sizeof *command);
	command[0] = config->sendmail;
	command[1] = "-t";
	command[2] = "-i";
	command[3] = "-f";
	command[4] = config->from.address;
	command[5] = NULL;
	run->command = command;
	run->output_max = UINT64_MAX; /* it may deliver into a large mailbox */
	run->may_fork = true;
}

enum preparation_made preparation_mail(struct preparation *preparation, const struct queue *queue, const struct queued_job *queued,
	const struct text *message, struct arena *arena)
{
	use_sendmail(queue->config, &preparation->run, arena);
	return write_input(preparation, queue, queued, message->bytes, message->length);
}

static enum preparation_made prepare_mail(struct preparation *preparation, const struct queue *queue, const struct queued_job *queued,
	const json_t *record, struct arena *arena)
{
	const char *to = mail_recipient(queue->form, queue->task, record);
	const struct text *message = to ? mail_compose(queue->config, queue->form, queue->task, record, arena) : NULL;
	return message ? preparation_mail(preparation, queue, queued, message, arena) : PREPARATION_NEEDLESS;
}

static enum preparation_made prepare_webhook(struct preparation *preparation, const struct queue *queue, const struct queued_job *queued,
	const json_t *record, struct arena *arena)
{
	enum { GRACE_SECONDS = 5 };
	struct webhook webhook;
	struct run_options *run = &preparation->run;
	preparation->wrong = webhook_compose(&webhook, queue->config, queue->form, queue->task, queued->line, record, time(NULL), arena);
	if (preparation->wrong)
		return PREPARATION_READY;
	run->data_file = preparation->data = write_memory(queue, queued, text_string(&webhook.body), webhook.body.length);
	run->command = webhook_command(queue->config, arena);
	run->timeout += GRACE_SECONDS; /* curl keeps to the time by itself, and says where it went */
	if (preparation->data < 0)
		return PREPARATION_FAILED;
	return write_input(preparation, queue, queued, webhook.options.bytes, webhook.options.length);
}

enum preparation_made preparation_make(struct preparation *preparation, const struct queue *queue, const struct queued_job *queued,
	const json_t *record, bool result, struct arena *arena)
{
	switch (queue->task->kind) {
	case TASK_COMMAND: return prepare_command(preparation, queue, queued, record, result, arena);
	case TASK_WEBHOOK: return prepare_webhook(preparation, queue, queued, record, arena);
	default: return prepare_mail(preparation, queue, queued, record, arena);
	}
}

void preparation_end(struct preparation *preparation)
{
	file_close(preparation->input);
	file_close(preparation->data);
}
