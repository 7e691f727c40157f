/*
 * In DATA/FORM/tasks/TASK/:
 *
 *   alarm   when the last alarm about the task was sent, in seconds since 1970
 *
 * An alarm is an attempt at a job of no outcome: its record says which task fails, and why. Nothing of it is kept, and one that fails is
 * not tried again, but the next failure makes another.
 */
#include "task/alarm.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/json.h"
#include "task/task_file.h"

enum { ALARM_PAUSE = 24 * 60 * 60, ALARM_AGAIN = 60 * 60 };

static const char alarm_id[] = "alarm"; /* too short for an outcome's */

static void alarm_path(const struct queue *queue, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/alarm", PATH_MAX - 10, queue->folder);
}

/* Gives when the next alarm about a queue may be sent. A file from the future or a damaged one does not hold it up. */
static time_t next_alarm(struct queue *queue, time_t now)
{
	char path[PATH_MAX], line[TASK_FILE_LINE];
	intmax_t sent = 0;
	if (queue->alarm)
		return queue->alarm;
	alarm_path(queue, path);
	bool read = task_file_read(path, line) == JOB_FOUND && sscanf(line, "%jd", &sent) == 1 && sent <= now && sent > 0;
	return queue->alarm = read ? (time_t)sent + ALARM_PAUSE : 1;
}

static bool is_alarming(struct queue *queue, const struct task *alarm, time_t now)
{
	if (queue->task == alarm || !queue->failing)
		return false;
	if (!queue->gave_up && now < queue->failing + (time_t)queue->config->alarm_after)
		return false;
	return now >= next_alarm(queue, now);
}

/* Gives the record that tells of a failing queue, as a line, in the arena. */
static struct span alarm_record(const struct queue *about, time_t now, struct arena *arena)
{
	char received[DATE_STAMP], since[DATE_STAMP];
	struct text line = {.arena = arena};
	const struct config *config = about->config;
	date_stamp_write(received, (struct timespec){.tv_sec = now});
	date_stamp_write(since, (struct timespec){.tv_sec = about->failing});
	json_t *record = json_made(json_pack("{ss ss ss s{ss ss ss ss ss}}", "id", alarm_id, "form", about->form->name, "received",
		received, "fields", "form", about->form->name, "task", about->task->name, "since", since, "state",
		about->gave_up ? job_state_name(JOB_FAILED) : job_state_name(JOB_WAITING), "error", about->error));
	if (config->base)
		json_object_set_new(json_object_get(record, "fields"), "desk",
			json_made(json_string(text_printed(arena, "%s/-/%s", config->base, about->form->name))));
	json_write(&line, record, JSON_COMPACT);
	json_decref(record);
	return (struct span){text_string(&line), line.length};
}

static bool begin_about(struct alarm *alarm, struct queue *about, const struct task *task, const struct secret *secret, time_t now)
{
	struct arena arena = {0};
	alarm->about = about;
	alarm->form = (struct form){.name = about->form->name, .languages = about->form->languages};
	alarm->queue = *about;
	alarm->queue.task = task;
	alarm->queue.form = &alarm->form;
	alarm->form.title = text_printed(&arena, "Task %s of %s fails", about->task->name, about->form->name);
	alarm->attempt = (struct attempt){.queue = &alarm->queue, .queued = {.taken = QUEUE_TAKEN}};
	memcpy(alarm->attempt.queued.id, alarm_id, sizeof alarm_id);
	alarm->attempt.queued.line = alarm_record(about, now, &arena);
	about->alarm = now + ALARM_AGAIN;
	alarm->attempt.used = attempt_begin(&alarm->attempt, secret, &arena) == ATTEMPT_BEGUN;
	if (!alarm->attempt.used)
		diag_error("%s: no alarm can be sent about the task \"%s\"", about->form->name, about->task->name);
	job_remove(about->folder, span_of(alarm_id), true); /* what a webhook without its secret notes */
	arena_free(&arena);
	return alarm->attempt.used;
}

bool alarm_begin(struct alarm *alarm, struct queue *queues, size_t n, const struct secret *secret, time_t now)
{
	for (size_t i = 0; !alarm->attempt.used && i < n; i++) {
		const char *name = queues[i].config->alarm;
		const struct task *task = name ? config_task(queues[i].config, name) : NULL;
		if (task && is_alarming(&queues[i], task, now))
			return begin_about(alarm, &queues[i], task, secret, now);
	}
	return false;
}

bool alarm_reap(struct alarm *alarm, time_t now)
{
	char path[PATH_MAX], line[TASK_FILE_LINE];
	int status;
	struct queue *about = alarm->about;
	if (!alarm->attempt.used || waitpid(alarm->attempt.run.process, &status, WNOHANG) != alarm->attempt.run.process)
		return false;
	if (attempt_finish(&alarm->attempt, status) != RUN_DONE) {
		diag_error(
			"%s: the alarm about the task \"%s\" failed: %s", about->form->name, about->task->name, alarm->attempt.run.error);
		return true;
	}
	about->alarm = now + ALARM_PAUSE;
	about->gave_up = false;
	alarm_path(about, path);
	snprintf(line, sizeof line, "%jd\n", (intmax_t)now);
	task_file_write(path, line, false); /* if that fails, which is logged, the next worker may tell it again */
	return true;
}
