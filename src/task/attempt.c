/* A job is settled under the lock of its task's jobs, since the visitor may cancel it and the owner may erase its outcome meanwhile. */
#include "task/attempt.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/log_line.h"
#include "keep/record.h"
#include "task/mail.h"
#include "task/preparation.h"
#include "task/receipt.h"
#include "task/webhook.h"

static const char UNCOUNTED[] = "the receipt could not be counted";

enum { GROWTH = 3, PAUSE_MAX = 24 * 60 * 60 };

bool attempt_makes_result(const struct attempt *attempt)
{
	const struct queue *queue = attempt->queue;
	return queue->form->result && strcmp(queue->form->result, queue->task->name) == 0;
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

/*
 * Counts a receipt, once however often it is begun: what is written of its job tells that it was. One that can't be counted fails and
 * is tried again, or a spoilt table would let everybody flood a stranger.
 */
static enum attempt_begun count_reply(struct attempt *attempt, const char *to, struct arena *arena)
{
	struct job job;
	const char *over, *folder = attempt->queue->folder;
	if (job_read(folder, span_of(attempt->queued.id), arena, &job) == JOB_FOUND && !(job.error && strcmp(job.error, UNCOUNTED) == 0))
		return ATTEMPT_BEGUN;
	if (receipt_count(attempt->queue->config, to, &over, arena) < 0)
		return fail_early(attempt, UNCOUNTED);
	if (!over)
		return write_running(attempt, false);
	diag_error("%s/%s: the task \"%s\" sends no receipt: %s is used up", attempt->queue->form->name, attempt->queued.id,
		attempt->queue->task->name, over);
	return ATTEMPT_NEEDLESS;
}

static enum attempt_begun prepare_digest(
	struct attempt *attempt, const struct secret *secret, struct preparation *preparation, struct arena *arena)
{
	const struct text *message = digest_compose(&attempt->digest, attempt->queue, &attempt->queued, secret, time(NULL), arena);
	if (!message)
		return ATTEMPT_NEEDLESS;
	bool ready = preparation_mail(preparation, attempt->queue, &attempt->queued, message, arena) == PREPARATION_READY;
	return ready ? ATTEMPT_BEGUN : ATTEMPT_FAILED;
}

static enum attempt_begun prepare(struct attempt *attempt, const json_t *record, struct preparation *preparation, struct arena *arena)
{
	const struct queue *queue = attempt->queue;
	switch (preparation_make(preparation, queue, &attempt->queued, record, attempt_makes_result(attempt), arena)) {
	case PREPARATION_NEEDLESS: return ATTEMPT_NEEDLESS;
	case PREPARATION_FAILED: return ATTEMPT_FAILED;
	case PREPARATION_READY: break;
	}
	if (preparation->wrong)
		return fail_early(attempt, preparation->wrong);
	if (queue->task->kind == TASK_REPLY)
		return count_reply(attempt, mail_recipient(queue->form, queue->task, record), arena);
	return ATTEMPT_BEGUN;
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
	attempt->dropped = false;
	attempt->run.progress = -1;
	struct preparation preparation;
	preparation_begin(&preparation, queue, &attempt->queued, record, arena);
	enum attempt_begun prepared =
		task->digest ? prepare_digest(attempt, secret, &preparation, arena) : prepare(attempt, record, &preparation, arena);
	json_decref(record);
	if (prepared == ATTEMPT_BEGUN && attempt_makes_result(attempt))
		prepared = write_running(attempt, false);
	if (prepared == ATTEMPT_BEGUN && run_begin(&attempt->run, &preparation.run) < 0)
		prepared = ATTEMPT_FAILED;
	preparation_end(&preparation);
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

/*
 * A job that is cut short because the worker ends gets a file of its own. Otherwise the cursor would stay before its line, and the next
 * worker would repeat the jobs of later lines that are done.
 */
int attempt_end(struct attempt *attempt, const struct secret *secret, int status, bool wanted)
{
	enum run_end end = attempt_finish(attempt, status);
	if (attempt->queue->task->digest)
		return wanted ? settle_digest(attempt, end) : 0;
	return wanted ? settle_job(attempt, secret, end) : attempt_detach(attempt);
}
