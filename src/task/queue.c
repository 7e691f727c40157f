/*
 * Lines are taken in their order and settled in any. The cursor in the file stands before the first line that is not settled, so
 * after a death the lines behind it are done again, at most QUEUE_TAKEN of them.
 *
 * The cursor follows the clock from day to day and never goes back: else all lines since would be done again. If the clock is set
 * back to before the cursor's two days, the next post makes a late day with the offset from which on lines are new; the queue
 * works on it as on the cursor's days, until the clock has left it and all of it is settled. Lines that were posted while the
 * clock was ahead are in the cursor's days.
 *
 * If a log is shorter than what was taken of it, it was moved away or restored. The next post makes a late day for that too, and the
 * cursor goes back to its offset.
 */
#include "task/queue.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"

void queue_begin(struct queue *queue, const struct config *config, const struct form *form, const struct task *task)
{
	*queue = (struct queue){.config = config, .form = form, .task = task};
	log_begin(&queue->log, config->data, form->name, config->node, false);
	job_folder(config, form, task, queue->folder);
}

bool queue_ready(struct queue *queue)
{
	if (queue->begun || queue->broken)
		return queue->begun;
	enum job_found found = cursor_read(queue->folder, queue->config->node, &queue->cursor);
	if (found == JOB_FOUND && cursor_sync(queue->folder, &queue->cursor) < 0)
		return false; /* it is read again next time */
	queue->written = queue->cursor;
	queue->begun = found == JOB_FOUND;
	queue->broken = found == JOB_UNREADABLE;
	return queue->begun;
}

void queue_end(struct queue *queue)
{
	retry_list_end(&queue->retries);
	log_end(&queue->log);
}

bool queue_full(const struct queue *queue)
{
	return queue->taken_n == QUEUE_TAKEN;
}

/* --- how far the queue is ------------------------------------------------------------------------------------------ */

/* Lowers the offset of a day to the first taken line that is not settled. */
static uint64_t settled_offset(const struct queue *queue, uint16_t day, uint64_t offset)
{
	for (size_t i = 0; i < queue->taken_n; i++) {
		const struct taken_line *line = &queue->taken[i];
		if (line->day == day && !line->settled && line->begin < offset)
			offset = line->begin;
	}
	return offset;
}

static struct cursor settled_cursor(const struct queue *queue)
{
	struct cursor cursor = queue->cursor;
	cursor.before = settled_offset(queue, (uint16_t)(cursor.day - 1), cursor.before);
	cursor.now = settled_offset(queue, cursor.day, cursor.now);
	return cursor;
}

static bool any_unsettled(const struct queue *queue)
{
	for (size_t i = 0; i < queue->taken_n; i++)
		if (!queue->taken[i].settled)
			return true;
	return false;
}

/* Tells whether a day's log has more bytes than were taken. If its size can't be read it may have: the reader will log why. */
static bool has_more(const struct queue *queue, uint16_t day, uint64_t offset)
{
	uint64_t size;
	return log_day_size(&queue->log, day, &size) < 0 || size > offset;
}

/* A late day is over when no post can be about to append to it. */
static bool is_over(const struct queue *queue, const struct late_day *late, uint64_t settled)
{
	int64_t today = date_day(time(NULL));
	bool left = today < late->day || today > late->day + 1;
	return left && settled == late->offset && !has_more(queue, late->day, late->offset);
}

/* Writes how far late days are, and removes those that are over. */
static int settle_late_days(struct queue *queue)
{
	int failed = 0;
	for (size_t i = 0; i < queue->late_n; i++) {
		struct late_day *late = &queue->late[i], *written = &queue->late_written[i];
		struct late_day settled = {late->day, settled_offset(queue, late->day, late->offset)};
		if (is_over(queue, late, settled.offset)) {
			late_day_remove(queue->folder, queue->config->node, late->day);
			queue->late_n--;
			*late = queue->late[queue->late_n];
			*written = queue->late_written[queue->late_n];
			i--;
		} else if (settled.offset != written->offset) {
			*written = settled;
			failed |= late_day_write(queue->folder, queue->config->node, written);
		}
	}
	return failed;
}

int queue_settle(struct queue *queue, size_t taken)
{
	if (taken < QUEUE_TAKEN)
		queue->taken[taken].settled = true;
	if (!any_unsettled(queue))
		queue->taken_n = 0; /* until then taken lines keep their numbers */
	int failed = settle_late_days(queue);
	struct cursor cursor = settled_cursor(queue);
	if (cursor.day == queue->written.day && cursor.now == queue->written.now && cursor.before == queue->written.before)
		return failed;
	queue->written = cursor;
	return cursor_write(queue->folder, queue->config->node, &cursor) | failed;
}

bool queue_past(struct queue *queue, uint16_t day)
{
	struct cursor cursor;
	if (!queue_ready(queue)) /* without a cursor no line was ever posted for the task */
		return cursor_read(queue->folder, queue->config->node, &cursor) == JOB_ABSENT;
	if (settled_offset(queue, day, UINT64_MAX) != UINT64_MAX)
		return false;
	for (size_t i = 0; i < queue->late_n; i++)
		if (queue->late[i].day == day && has_more(queue, day, queue->late[i].offset))
			return false;
	uint64_t taken = day == queue->cursor.day ? queue->cursor.now : day < queue->cursor.day ? queue->cursor.before : 0;
	return day + 1 < queue->cursor.day || !has_more(queue, day, taken);
}

/* --- late days ----------------------------------------------------------------------------------------------------- */

/* Takes the cursor back to where the lines of one of its days are new. Lines taken from the log that was there before don't hold it. */
static void rewind_cursor(struct queue *queue, struct late_day late)
{
	uint64_t *offset = late.day == queue->cursor.day ? &queue->cursor.now : &queue->cursor.before;
	if (late.offset < *offset)
		*offset = late.offset;
	for (size_t i = 0; i < queue->taken_n; i++)
		if (queue->taken[i].day == late.day && queue->taken[i].begin >= late.offset)
			queue->taken[i].begin = UINT64_MAX;
	if (queue_settle(queue, QUEUE_TAKEN) == 0)
		late_day_remove(queue->folder, queue->config->node, late.day);
}

/* Starts to work on a late day, unless the queue does so already. */
static void begin_late_day(struct queue *queue, uint16_t day)
{
	struct late_day late = {.day = day};
	bool passed = day + 1 < queue->cursor.day;
	for (size_t i = 0; i < queue->late_n; i++)
		if (queue->late[i].day == day)
			return;
	if ((passed && queue->late_n == QUEUE_LATE) || late_day_read(queue->folder, queue->config->node, &late) != JOB_FOUND)
		return;
	if (!passed)
		rewind_cursor(queue, late);
	else
		queue->late[queue->late_n] = queue->late_written[queue->late_n] = late, queue->late_n++;
}

/* A post may just have made a late day of today. */
static void begin_today(struct queue *queue, time_t now)
{
	if (date_day(now) <= queue->cursor.day)
		begin_late_day(queue, (uint16_t)date_day(now));
}

void queue_refresh(struct queue *queue, const struct secret *secret, time_t now)
{
	uint16_t day;
	if (!queue_ready(queue) || !retry_list_read(&queue->retries, queue->folder, queue->config->node, secret, now))
		return;
	DIR *folder = opendir(queue->folder);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (late_day_named(entry->d_name, queue->config->node, &day))
			begin_late_day(queue, day);
	if (folder)
		closedir(folder);
}

/* --- the next job -------------------------------------------------------------------------------------------------- */

bool queue_wants(const struct task *task, struct span line)
{
	return record_is_spam(line) == task->suspicious;
}

/* Tells whether a line asks for the task: it is a whole record, is not spam or is meant to be, and its job has neither a result nor a file that settles it. */
static bool wants_task(const struct queue *queue, struct span line, struct queued_job *next, struct arena *arena)
{
	char result[PATH_MAX];
	struct record_start start;
	struct job job;
	if (!record_start_read(line, queue->form->name, &start) || start.id.length != ID_LENGTH)
		return false;
	memcpy(next->id, start.id.bytes, ID_LENGTH);
	next->id[ID_LENGTH] = '\0';
	next->line = line;
	next->attempts = 0;
	if (!queue_wants(queue->task, line))
		return false;
	job_result(queue->folder, start.id, true, result);
	if (access(result, F_OK) == 0)
		return false;
	if (job_read(queue->folder, start.id, arena, &job) != JOB_FOUND)
		return true;
	next->attempts = job.attempts;
	return job.state == JOB_RUNNING; /* a worker died; a job that waits, failed or was cancelled is settled by its file */
}

/* Finds the next line of a day that asks for the task, and moves the offset to it; false if there is none. */
static bool find_wanted_line(const struct queue *queue, uint16_t day, uint64_t *offset, struct arena *arena, struct queued_job *next)
{
	struct span line;
	uint64_t end;
	while ((!queue->decided || decided_covers(queue->decided, day, *offset)) &&
		log_line_next(&queue->log, (struct place){.day = day, .offset = *offset}, arena, &line, &end) == LOG_FOUND) {
		if (wants_task(queue, line, next, arena))
			return true;
		*offset = end;
		arena_reset(arena);
	}
	return false;
}

/* Takes the next line of a day that asks for the task, and moves the offset behind it; false if there is none. */
static bool take_wanted_line(struct queue *queue, uint16_t day, uint64_t *offset, struct arena *arena, struct queued_job *next)
{
	if (!find_wanted_line(queue, day, offset, arena, next))
		return false;
	next->taken = queue->taken_n;
	queue->taken[queue->taken_n++] = (struct taken_line){day, *offset, false};
	*offset += next->line.length + 1;
	return true;
}

/* The log is flushed first: a line that is not durable may still be taken back. */
static bool take_of_day(struct queue *queue, uint16_t day, uint64_t *offset, struct arena *arena, struct queued_job *next)
{
	if (!has_more(queue, day, *offset))
		return false;
	if (queue->config->durable)
		log_day_flush(&queue->log, day);
	return take_wanted_line(queue, day, offset, arena, next);
}

static bool take_of_late_days(struct queue *queue, struct arena *arena, struct queued_job *next)
{
	for (size_t i = 0; i < queue->late_n; i++)
		if (take_of_day(queue, queue->late[i].day, &queue->late[i].offset, arena, next))
			return true;
	return false;
}

/* Takes a retry that is due. The job's file decides: it may be younger than the list. */
static bool take_retry(struct queue *queue, const struct secret *secret, time_t now, struct arena *arena, struct queued_job *next)
{
	while (retry_list_take(&queue->retries, now, next->id)) {
		struct job job;
		struct span id = span_of(next->id);
		if (job_read(queue->folder, id, arena, &job) != JOB_FOUND || (job.state != JOB_WAITING && job.state != JOB_RUNNING) ||
			job_due(&job, now) > now)
			continue;
		enum log_found found = log_line_find(&queue->log, secret, id, arena, &next->line);
		if (found == LOG_FAILED)
			continue; /* the next refresh finds it again */
		if (found == LOG_ABSENT || record_erased(next->line)) {
			job_remove(queue->folder, id, true);
			continue;
		}
		next->attempts = job.attempts;
		next->taken = QUEUE_TAKEN;
		return true;
	}
	return false;
}

/* --- digests ------------------------------------------------------------------------------------------------------- */

/*
 * Finds the next line as find_wanted_line does. Lines are passed only once they are durable: until then one may be taken back, and
 * another written in its place.
 */
static bool pass_unwanted_lines(const struct queue *queue, uint16_t day, uint64_t *offset, struct arena *arena, struct queued_job *next)
{
	uint64_t ahead = *offset;
	bool found = find_wanted_line(queue, day, &ahead, arena, next);
	if (ahead == *offset)
		return found;
	if (queue->config->durable)
		log_day_flush(&queue->log, day);
	arena_reset(arena);
	return find_wanted_line(queue, day, offset, arena, next);
}

/* Tells whether a day has a line that asks for the task, and whether the period in which it came is over. */
static bool is_digest_due(const struct queue *queue, uint16_t day, uint64_t *offset, time_t now, bool *due)
{
	struct arena arena = {0};
	struct queued_job next;
	struct record_start start;
	time_t period = (time_t)queue->task->digest;
	bool found = has_more(queue, day, *offset) && pass_unwanted_lines(queue, day, offset, &arena, &next) &&
		record_start_read(next.line, queue->form->name, &start);
	*due = found && start.received / period != now / period; /* also if the clock was set back meanwhile */
	arena_free(&arena);
	return found;
}

/* Tells whether lines may be taken: for a digest, only once the period of the first of them is over. */
static bool may_take_lines(struct queue *queue, time_t now)
{
	struct cursor *cursor = &queue->cursor;
	bool due = true;
	if (!queue->task->digest)
		return true;
	if (now < queue->rest)
		return false;
	for (size_t i = 0; i < queue->late_n; i++)
		if (is_digest_due(queue, queue->late[i].day, &queue->late[i].offset, now, &due))
			return due;
	if (is_digest_due(queue, (uint16_t)(cursor->day - 1), &cursor->before, now, &due) ||
		is_digest_due(queue, cursor->day, &cursor->now, now, &due))
		return due;
	return true;
}

void queue_note_end(struct queue *queue, const char *error, bool gave_up, time_t now)
{
	if (!error) {
		queue->failing = 0;
		return;
	}
	queue->failing = queue->failing ? queue->failing : now;
	queue->gave_up |= gave_up;
	snprintf(queue->error, sizeof queue->error, "%s", error);
}

void queue_put_back(struct queue *queue, time_t rest)
{
	queue->taken_n = 0;
	queue->cursor = queue->written;
	memcpy(queue->late, queue->late_written, sizeof queue->late);
	queue->rest = rest;
}

bool queue_next(struct queue *queue, const struct secret *secret, time_t now, struct arena *arena, struct queued_job *next)
{
	struct cursor *cursor = &queue->cursor;
	if (take_retry(queue, secret, now, arena, next))
		return true;
	if (queue_full(queue))
		return false;
	begin_today(queue, now);
	if (!may_take_lines(queue, now))
		return false;
	if (take_of_late_days(queue, arena, next))
		return true;
	for (bool moved = false;; moved = true) {
		bool left = queue->decided && queue->decided->day <= cursor->day; /* lines of the day before may be undecided */
		bool taken = take_of_day(queue, (uint16_t)(cursor->day - 1), &cursor->before, arena, next) ||
			take_of_day(queue, cursor->day, &cursor->now, arena, next);
		if (taken || left || cursor->day >= date_day(now) || queue->taken_n) {
			if (moved)
				queue_settle(queue, QUEUE_TAKEN); /* at once: posts look at the day */
			return taken;
		}
		*cursor = (struct cursor){.day = (uint16_t)(cursor->day + 1), .before = cursor->now};
	}
}

/* A torn line does not count: whoever writes on starts a worker. */
static bool has_line(const struct queue *queue, uint16_t day, uint64_t offset)
{
	struct arena arena = {0};
	struct span line;
	bool has = has_more(queue, day, offset) &&
		log_line_next(&queue->log, (struct place){.day = day, .offset = offset}, &arena, &line, NULL) == LOG_FOUND;
	arena_free(&arena);
	return has;
}

bool queue_pending(struct queue *queue, time_t *next)
{
	const struct cursor *cursor = &queue->cursor;
	time_t now = time(NULL);
	begin_today(queue, now);
	for (size_t i = 0; i < queue->late_n; i++)
		if (has_line(queue, queue->late[i].day, queue->late[i].offset))
			return true;
	return retry_list_next(&queue->retries, next) || queue->taken_n || has_line(queue, (uint16_t)(cursor->day - 1), cursor->before) ||
		has_line(queue, cursor->day, cursor->now) || cursor->day < date_day(now);
}
