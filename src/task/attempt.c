/*
 * The input of a run is a file, so that neither side ever waits for the other. Unless it is an upload it is in memory only, so that
 * nothing of an outcome is left on the disk once the outcome is erased.
 */
#define _GNU_SOURCE /* memfd_create */
#include "task/attempt.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/log_line.h"
#include "keep/record.h"
#include "task/mail.h"
#include "task/receipt.h"
#include "task/webhook.h"

enum { GROWTH = 3, PAUSE_MAX = 24 * 60 * 60 };

static const char **environment_of(const struct attempt *attempt, const json_t *record, struct arena *arena)
{
	const struct queue *queue = attempt->queue;
	const json_t *files = json_object_get(record, "files"), *file;
	const char **environment = arena_take(arena, (json_array_size(files) + 16) * sizeof *environment);
	size_t n = 0, i;
	environment[n++] = "PATH=/usr/local/bin:/usr/bin:/bin";
	environment[n++] = "LANG=C.UTF-8";
	/* Programs obey files in HOME, so it must not be a folder that a process in the sandbox can write to. */
	environment[n++] = "HOME=/nonexistent";
	environment[n++] = text_printed(arena, "SEEOTHER_ID=%s", attempt->queued.id);
	environment[n++] = text_printed(arena, "SEEOTHER_FORM=%s", queue->form->name);
	environment[n++] = text_printed(arena, "SEEOTHER_TASK=%s", queue->task->name);
	environment[n++] = text_printed(arena, "SEEOTHER_ATTEMPT=%ju", (uintmax_t)attempt->queued.attempts + 1);
	if (queue->config->base)
		environment[n++] = text_printed(arena, "SEEOTHER_URI=%s/%s/%s", queue->config->base, queue->form->name, attempt->queued.id);
	environment[n++] = text_printed(arena, "SEEOTHER_FILES=%zu", json_array_size(files));
	json_array_foreach(files, i, file) {
		char path[PATH_MAX];
		if (record_upload(queue->config->data, queue->form->name, file, path) == 0)
			environment[n++] = text_printed(arena, "SEEOTHER_FILE_%zu=%s", i + 1, path);
	}
	return environment;
}

/* Makes a file in memory of what a run reads; -1 on failure, which is logged. */
static int write_memory(const struct attempt *attempt, int *file, const char *bytes, size_t n)
{
	*file = memfd_create("input", MFD_CLOEXEC);
	if (*file < 0 || file_write(*file, bytes, n) < 0) {
		diag_system("%s/%s: the input of the task \"%s\" can't be written", attempt->queue->form->name, attempt->queued.id,
			attempt->queue->task->name);
		return -1;
	}
	return 0;
}

static int write_input(struct attempt *attempt, const char *bytes, size_t n, struct run_options *run)
{
	int failed = write_memory(attempt, &attempt->input, bytes, n);
	run->input_file = attempt->input;
	return failed;
}

/* Finds the upload that is the task's input. */
static int find_input(const struct attempt *attempt, const json_t *record, char path[PATH_MAX])
{
	const struct queue *queue = attempt->queue;
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

bool attempt_makes_result(const struct attempt *attempt)
{
	const struct queue *queue = attempt->queue;
	return queue->form->result && strcmp(queue->form->result, queue->task->name) == 0;
}

static enum attempt_begun prepare_command(struct attempt *attempt, const json_t *record, struct run_options *run, struct arena *arena)
{
	char upload[PATH_MAX], part[PATH_MAX];
	const struct queue *queue = attempt->queue;
	bool has_input = queue->task->input && find_input(attempt, record, upload) == 0;
	if (has_input)
		run->input = arena_copy(arena, upload, strlen(upload));
	else if (write_input(attempt, attempt->queued.line.bytes, queue->task->input ? 0 : attempt->queued.line.length, run) < 0)
		return ATTEMPT_FAILED;
	job_result(queue->folder, span_of(attempt->queued.id), false, part);
	unlink(part); /* what a run under a killed worker started may still write into it */
	run->output = attempt_makes_result(attempt) ? arena_copy(arena, part, strlen(part)) : NULL;
	run->command = queue->task->command.words; /* a NULL follows them */
	return ATTEMPT_BEGUN;
}

/* Writes that the job runs, unless it was cancelled meanwhile. */
static enum attempt_begun write_running(const struct attempt *attempt, bool durable)
{
	const struct job running = {
		.state = JOB_RUNNING, .attempts = attempt->queued.attempts, .progress = attempt->run.progress, .durable = durable};
	const char *folder = attempt->queue->folder;
	struct arena arena = {0};
	struct job had;
	int lock = job_lock(folder);
	enum attempt_begun begun = ATTEMPT_DROPPED;
	if (job_read(folder, span_of(attempt->queued.id), &arena, &had) != JOB_FOUND || had.state != JOB_CANCELLED)
		begun = job_write(folder, span_of(attempt->queued.id), &running) < 0 ? ATTEMPT_FAILED : ATTEMPT_BEGUN;
	file_close(lock);
	arena_free(&arena);
	return begun;
}

/* Counts a receipt, once however often it is begun: what is written of its job tells that it was. */
static enum attempt_begun count_reply(const struct attempt *attempt, const char *to, struct arena *arena)
{
	struct job job;
	if (job_read(attempt->queue->folder, span_of(attempt->queued.id), arena, &job) == JOB_FOUND)
		return ATTEMPT_BEGUN;
	enum attempt_begun begun = write_running(attempt, false);
	const char *over = begun == ATTEMPT_BEGUN ? receipt_count(attempt->queue->config, to, arena) : NULL;
	if (!over)
		return begun;
	diag_error("%s/%s: the task \"%s\" sends no receipt: %s is used up", attempt->queue->form->name, attempt->queued.id,
		attempt->queue->task->name, over);
	return ATTEMPT_NEEDLESS;
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

static enum attempt_begun prepare_mail(struct attempt *attempt, const json_t *record, struct run_options *run, struct arena *arena)
{
	const struct queue *queue = attempt->queue;
	const struct config *config = queue->config;
	const char *to = mail_recipient(queue->form, queue->task, record);
	const struct text *message = to ? mail_compose(config, queue->form, queue->task, record, arena) : NULL;
	if (!message)
		return ATTEMPT_NEEDLESS;
	if (write_input(attempt, message->bytes, message->length, run) < 0)
		return ATTEMPT_FAILED;
	enum attempt_begun begun = queue->task->kind == TASK_REPLY ? count_reply(attempt, to, arena) : ATTEMPT_BEGUN;
	if (begun != ATTEMPT_BEGUN)
		return begun;
	use_sendmail(config, run, arena);
	return begun;
}

static enum attempt_begun prepare_digest(struct attempt *attempt, const struct secret *secret, struct run_options *run, struct arena *arena)
{
	const struct text *message = digest_compose(&attempt->digest, attempt->queue, &attempt->queued, secret, time(NULL), arena);
	if (!message)
		return ATTEMPT_NEEDLESS;
	if (write_input(attempt, message->bytes, message->length, run) < 0)
		return ATTEMPT_FAILED;
	use_sendmail(attempt->queue->config, run, arena);
	return ATTEMPT_BEGUN;
}

/* Gives the pause before the next try in seconds: three times the one before, give or take a fifth. */
static time_t pause_after(const struct task *task, uint64_t attempts)
{
	uint64_t pause = task->pause;
	for (uint64_t i = 1; i < attempts && pause < PAUSE_MAX; i++)
		pause *= GROWTH;
	if (pause > PAUSE_MAX)
		pause = PAUSE_MAX;
	return (time_t)(pause - pause / 5 + randombytes_uniform((uint32_t)(pause / 5 * 2 + 1)));
}

/* Removes the unfinished result of a failed run. */
static void remove_part(const struct attempt *attempt)
{
	char part[PATH_MAX];
	job_result(attempt->queue->folder, span_of(attempt->queued.id), false, part);
	unlink(part);
}

static int note_failure(struct attempt *attempt, enum run_end end, time_t now)
{
	const struct task *task = attempt->queue->task;
	struct job job = {.state = JOB_WAITING, .attempts = attempt->queued.attempts + 1, .progress = -1, .error = attempt->run.error};
	if (end == RUN_FINAL || job.attempts > task->retries)
		job.state = JOB_FAILED;
	else
		job.next = now + pause_after(task, job.attempts);
	diag_error("%s/%s: the task \"%s\" failed: %s; %s", attempt->queue->form->name, attempt->queued.id, task->name, job.error,
		job.state == JOB_FAILED ? "it is given up" : "it will be tried again");
	queue_note_end(attempt->queue, job.error, job.state == JOB_FAILED, now);
	remove_part(attempt);
	if (job_write(attempt->queue->folder, span_of(attempt->queued.id), &job) < 0)
		return -1;
	if (job.state == JOB_WAITING)
		retry_list_add(&attempt->queue->retries, attempt->queued.id, job.next);
	return 0;
}

/* Notes that a job can't be tried now. */
static enum attempt_begun fail_early(struct attempt *attempt, const char *reason)
{
	int lock = job_lock(attempt->queue->folder);
	snprintf(attempt->run.error, sizeof attempt->run.error, "%s", reason);
	int failed = note_failure(attempt, RUN_AGAIN, time(NULL));
	file_close(lock);
	return failed < 0 ? ATTEMPT_FAILED : ATTEMPT_DROPPED;
}

static enum attempt_begun prepare_webhook(struct attempt *attempt, const json_t *record, struct run_options *run, struct arena *arena)
{
	enum { GRACE_SECONDS = 5 };
	const struct queue *queue = attempt->queue;
	struct webhook webhook;
	const char *wrong =
		webhook_compose(&webhook, queue->config, queue->form, queue->task, attempt->queued.line, record, time(NULL), arena);
	if (wrong)
		return fail_early(attempt, wrong);
	if (write_input(attempt, webhook.options.bytes, webhook.options.length, run) < 0 ||
		write_memory(attempt, &attempt->data, text_string(&webhook.body), webhook.body.length) < 0)
		return ATTEMPT_FAILED;
	run->data_file = attempt->data;
	run->command = webhook_command(queue->config, arena);
	run->timeout += GRACE_SECONDS; /* curl keeps to the time by itself, and says where it went */
	return ATTEMPT_BEGUN;
}

static enum attempt_begun prepare(struct attempt *attempt, const json_t *record, struct run_options *run, struct arena *arena)
{
	switch (attempt->queue->task->kind) {
	case TASK_COMMAND: return prepare_command(attempt, record, run, arena);
	case TASK_WEBHOOK: return prepare_webhook(attempt, record, run, arena);
	default: return prepare_mail(attempt, record, run, arena);
	}
}

int attempt_detach(struct attempt *attempt)
{
	size_t taken = attempt->queued.taken;
	if (taken == QUEUE_TAKEN)
		return 0;
	if (write_running(attempt, true) == ATTEMPT_FAILED)
		return -1;
	attempt->queued.taken = QUEUE_TAKEN;
	return queue_settle(attempt->queue, taken);
}

void attempt_note(const struct attempt *attempt)
{
	struct arena arena = {0};
	struct job job;
	struct span id = span_of(attempt->queued.id);
	int lock = job_lock(attempt->queue->folder);
	if (job_read(attempt->queue->folder, id, &arena, &job) == JOB_FOUND && job.state == JOB_RUNNING) {
		job.progress = attempt->run.progress;
		job_write(attempt->queue->folder, id, &job); /* if that fails, only the progress bar stands still */
	}
	file_close(lock);
	arena_free(&arena);
}

enum attempt_begun attempt_begin(struct attempt *attempt, const struct secret *secret, struct arena *arena)
{
	struct queue *queue = attempt->queue;
	const struct task *task = queue->task;
	json_t *record = record_read(attempt->queued.line);
	if (!record && !task->digest)
		return ATTEMPT_NEEDLESS;
	attempt->input = attempt->data = -1;
	attempt->dropped = false;
	attempt->run.progress = -1;
	struct run_options run = {.folder = queue->folder,
		.node = queue->config->node,
		.timeout = task->timeout,
		.output_max = task->output,
		.memory_max = task->memory,
		.environment = environment_of(attempt, record, arena)};
	enum attempt_begun prepared = task->digest ? prepare_digest(attempt, secret, &run, arena) : prepare(attempt, record, &run, arena);
	json_decref(record);
	if (prepared == ATTEMPT_BEGUN && attempt_makes_result(attempt))
		prepared = write_running(attempt, false);
	if (prepared == ATTEMPT_BEGUN && run_begin(&attempt->run, &run) < 0)
		prepared = ATTEMPT_FAILED;
	file_close(attempt->input); /* the run has its own copies */
	file_close(attempt->data);
	return prepared;
}

/* Publishes the result, whole and durable, before the job's file is removed. */
static int keep_result(const struct attempt *attempt)
{
	char part[PATH_MAX], whole[PATH_MAX];
	const char *folder = attempt->queue->folder;
	job_result(folder, span_of(attempt->queued.id), false, part);
	job_result(folder, span_of(attempt->queued.id), true, whole);
	int file = open(part, O_RDONLY | O_CLOEXEC);
	int failed = file < 0 || file_flush(file) < 0 || rename(part, whole) < 0 || folder_sync(folder) < 0;
	file_close(file);
	if (failed)
		diag_system("%s: can't be written", whole);
	return failed ? -1 : 0;
}

bool attempt_is_dropped(const struct attempt *attempt, const struct secret *secret)
{
	struct arena arena = {0};
	struct job job;
	struct span line, id = span_of(attempt->queued.id);
	bool dropped = job_read(attempt->queue->folder, id, &arena, &job) == JOB_FOUND && job.state == JOB_CANCELLED;
	enum log_found found = dropped ? LOG_FAILED : log_line_find(&attempt->queue->log, secret, id, &arena, &line);
	/* If the line can't be read, the job is still wanted. */
	dropped |= found == LOG_ABSENT || (found == LOG_FOUND && record_erased(line));
	arena_free(&arena);
	return dropped;
}

/* Removes all files of a dropped job but the one that says that it was cancelled. */
static void drop_job(const struct attempt *attempt, struct span id)
{
	struct arena arena = {0};
	struct job job;
	bool cancelled = job_read(attempt->queue->folder, id, &arena, &job) == JOB_FOUND && job.state == JOB_CANCELLED;
	remove_part(attempt);
	if (!cancelled)
		job_remove(attempt->queue->folder, id, true);
	arena_free(&arena);
}

static int settle_job(struct attempt *attempt, const struct secret *secret, enum run_end end)
{
	struct span id = span_of(attempt->queued.id);
	int failed = 0, lock = job_lock(attempt->queue->folder);
	char part[PATH_MAX];
	job_result(attempt->queue->folder, id, false, part);
	if (end == RUN_DONE && attempt_makes_result(attempt) && access(part, F_OK) < 0) {
		end = RUN_AGAIN; /* the outcome is about to be erased */
		snprintf(attempt->run.error, sizeof attempt->run.error, "its output is gone");
	}
	if (attempt_is_dropped(attempt, secret)) {
		drop_job(attempt, id);
	} else if (end == RUN_DONE) {
		queue_note_end(attempt->queue, NULL, false, 0);
		failed = attempt_makes_result(attempt) ? keep_result(attempt) : 0;
		if (!failed)
			job_remove(attempt->queue->folder, id, false);
	} else {
		failed = note_failure(attempt, end, time(NULL));
	}
	file_close(lock);
	return failed < 0 ? -1 : queue_settle(attempt->queue, attempt->queued.taken);
}

/* A digest is never given up: its lines wait in the log. */
static int settle_digest(struct attempt *attempt, enum run_end end)
{
	struct queue *queue = attempt->queue;
	if (end == RUN_DONE) {
		queue->failed = 0;
		queue_note_end(queue, NULL, false, 0);
		return digest_settle(&attempt->digest, queue);
	}
	diag_error("%s: the digest of the task \"%s\" failed: %s; it will be tried again", queue->form->name, queue->task->name,
		attempt->run.error);
	queue_note_end(queue, attempt->run.error, false, time(NULL));
	digest_put_back(&attempt->digest, queue, time(NULL), pause_after(queue->task, ++queue->failed));
	return 0;
}

enum run_end attempt_finish(struct attempt *attempt, int status)
{
	enum run_end end = run_finish(&attempt->run, status);
	attempt->used = false;
	return attempt->queue->task->kind == TASK_WEBHOOK ? webhook_end(&attempt->run, end) : end;
}

int attempt_end(struct attempt *attempt, const struct secret *secret, int status, bool wanted)
{
	enum run_end end = attempt_finish(attempt, status);
	if (wanted && attempt->queue->task->digest)
		return settle_digest(attempt, end);
	return wanted ? settle_job(attempt, secret, end) : 0;
}
