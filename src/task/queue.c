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
#include <string.h>

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

bool queue_wants(const struct task *task, struct span line)
{
	return record_is_spam(line) == task->suspicious;
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

bool queue_has_more(const struct queue *queue, uint16_t day, uint64_t offset)
{
	uint64_t size;
	return log_day_size(&queue->log, day, &size) < 0 || size > offset;
}

/* A late day is over when no post can be about to append to it. */
static bool is_over(const struct queue *queue, const struct late_day *late, uint64_t settled)
{
	int64_t today = date_day(time(NULL));
	bool left = today < late->day || today > late->day + 1;
	return left && settled == late->offset && !queue_has_more(queue, late->day, late->offset);
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

void queue_put_back(struct queue *queue, time_t rest)
{
	queue->taken_n = 0;
	queue->cursor = queue->written;
	memcpy(queue->late, queue->late_written, sizeof queue->late);
	queue->rest = rest;
}

bool queue_past(struct queue *queue, uint16_t day)
{
	struct cursor cursor;
	if (!queue_ready(queue)) /* without a cursor no line was ever posted for the task */
		return cursor_read(queue->folder, queue->config->node, &cursor) == JOB_ABSENT;
	if (settled_offset(queue, day, UINT64_MAX) != UINT64_MAX)
		return false;
	for (size_t i = 0; i < queue->late_n; i++)
		if (queue->late[i].day == day && queue_has_more(queue, day, queue->late[i].offset))
			return false;
	uint64_t taken = day == queue->cursor.day ? queue->cursor.now : day < queue->cursor.day ? queue->cursor.before : 0;
	return day + 1 < queue->cursor.day || !queue_has_more(queue, day, taken);
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

void queue_refresh_today(struct queue *queue, time_t now)
{
	if (date_day(now) <= queue->cursor.day)
		begin_late_day(queue, (uint16_t)date_day(now));
}

/* Begins a queue to which no post came yet, if an owner has released an outcome for it. Tells whether it is ready. */
static bool begin_for_retries(struct queue *queue, time_t now)
{
	bool ready = queue_ready(queue);
	if (!ready && !queue->broken && queue->retries.n)
		ready = cursor_begin(queue->config, queue->form, now) == 0 && queue_ready(queue);
	queue->retries.resumed &= ready; /* else nobody has looked at them */
	return ready;
}

void queue_refresh(struct queue *queue, const struct secret *secret, time_t now)
{
	uint16_t day;
	if (!retry_list_read(&queue->retries, queue->folder, queue->config->node, secret, now) || !begin_for_retries(queue, now))
		return;
	DIR *folder = opendir(queue->folder);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (late_day_named(entry->d_name, queue->config->node, &day))
			begin_late_day(queue, day);
	if (folder)
		closedir(folder);
}

/* --- what is left -------------------------------------------------------------------------------------------------- */

/* A torn line does not count: whoever writes on starts a worker. */
static bool has_line(const struct queue *queue, uint16_t day, uint64_t offset)
{
	struct arena arena = {0};
	struct span line;
	bool has = queue_has_more(queue, day, offset) &&
		log_line_next(&queue->log, (struct place){.day = day, .offset = offset}, &arena, &line, NULL) == LOG_FOUND;
	arena_free(&arena);
	return has;
}

bool queue_pending(struct queue *queue, time_t *next)
{
	const struct cursor *cursor = &queue->cursor;
	time_t now = time(NULL);
	queue_refresh_today(queue, now);
	for (size_t i = 0; i < queue->late_n; i++)
		if (has_line(queue, queue->late[i].day, queue->late[i].offset))
			return true;
	return retry_list_next(&queue->retries, next) || queue->taken_n || has_line(queue, (uint16_t)(cursor->day - 1), cursor->before) ||
		has_line(queue, cursor->day, cursor->now) || cursor->day < date_day(now);
}
