/*
 * Queues; see queue.h. Lines are taken in their order and settled in any; the cursor that is kept stands before the first that is
 * not settled, so a death has those behind it done again, at most QUEUE_FLIGHTS of them.
 *
 * The cursor goes from day to day with the clock, and never back: else all lines since would be done again. When the clock is set
 * back to before the cursor's two days, a post says, before it keeps its line, from where on lines of its day are new (cursor.c,
 * late.DAY). Such a day has an offset of its own, kept as the cursor is, until the clock has left it and all of it is settled. What
 * was posted when the clock was ahead is in the cursor's days, and done as ever. A file that is shorter than what was taken of it
 * was moved away or restored: the next post says so by the same means, and the cursor goes back to where its lines are new.
 */
#include "task/queue.h"

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
	if (found == JOB_FOUND && cursor_settle(queue->folder, &queue->cursor) < 0)
		return false; /* and it is looked at again */
	queue->written = queue->cursor;
	queue->begun = found == JOB_FOUND;
	queue->broken = found == JOB_UNREADABLE;
	return queue->begun;
}

void queue_end(struct queue *queue)
{
	free(queue->due);
	log_end(&queue->log);
}

/* --- the log ------------------------------------------------------------------------------------------------------- */

/* Gives the offset of a day that may be kept: before the first of the lines taken that is not settled. */
static uint64_t kept_offset(const struct queue *queue, uint16_t day, uint64_t offset)
{
	for (size_t i = 0; i < queue->flights_n; i++) {
		const struct flight *flight = &queue->flights[i];
		if (flight->day == day && !flight->settled && flight->begin < offset)
			offset = flight->begin;
	}
	return offset;
}

static struct cursor kept_cursor(const struct queue *queue)
{
	struct cursor cursor = queue->cursor;
	cursor.before = kept_offset(queue, (uint16_t)(cursor.day - 1), cursor.before);
	cursor.now = kept_offset(queue, cursor.day, cursor.now);
	return cursor;
}

static bool any_unsettled(const struct queue *queue)
{
	for (size_t i = 0; i < queue->flights_n; i++)
		if (!queue->flights[i].settled)
			return true;
	return false;
}

/* Tells whether a day's file has more bytes than were taken, or may have: then who reads it says why it can't. */
static bool has_more(const struct queue *queue, uint16_t day, uint64_t offset)
{
	uint64_t size;
	return log_day_size(&queue->log, day, &size) < 0 || size > offset;
}

/* Keeps how far late days are; one that nobody can be about to post on is let go once it is done with. */
static int late_settle(struct queue *queue)
{
	int64_t today = date_day(time(NULL));
	int failed = 0;
	for (size_t i = 0; i < queue->late_n; i++) {
		struct late *late = &queue->late[i], *written = &queue->late_written[i];
		struct late kept = {late->day, kept_offset(queue, late->day, late->offset)};
		bool left = today < late->day || today > late->day + 1;
		if (left && kept.offset == late->offset && !has_more(queue, late->day, late->offset)) {
			late_remove(queue->folder, queue->config->node, late->day);
			queue->late_n--;
			*late = queue->late[queue->late_n];
			*written = queue->late_written[queue->late_n];
			i--;
		} else if (kept.offset != written->offset) {
			*written = kept;
			failed |= late_write(queue->folder, queue->config->node, written);
		}
	}
	return failed;
}

int queue_settle(struct queue *queue, size_t flight)
{
	if (flight < QUEUE_FLIGHTS)
		queue->flights[flight].settled = true;
	if (!any_unsettled(queue))
		queue->flights_n = 0; /* till then flights keep their numbers */
	int failed = late_settle(queue);
	struct cursor cursor = kept_cursor(queue);
	if (cursor.day == queue->written.day && cursor.now == queue->written.now && cursor.before == queue->written.before)
		return failed;
	queue->written = cursor;
	return cursor_write(queue->folder, queue->config->node, &cursor) | failed;
}

bool queue_past(struct queue *queue, uint16_t day)
{
	struct cursor cursor;
	if (!queue_ready(queue)) /* without a cursor none ever had the task */
		return cursor_read(queue->folder, queue->config->node, &cursor) == JOB_ABSENT;
	if (kept_offset(queue, day, UINT64_MAX) != UINT64_MAX)
		return false;
	for (size_t i = 0; i < queue->late_n; i++)
		if (queue->late[i].day == day && has_more(queue, day, queue->late[i].offset))
			return false;
	uint64_t taken = day == queue->cursor.day ? queue->cursor.now : day < queue->cursor.day ? queue->cursor.before : 0;
	return day + 1 < queue->cursor.day || !has_more(queue, day, taken);
}

/* Tells whether a line asks for the task: it is a record, whole, no spam, and the job is not settled already. */
static bool wants_task(const struct queue *queue, struct span line, struct order *order, struct arena *arena)
{
	char result[PATH_MAX];
	struct record_start start;
	struct job job;
	if (!record_start_read(line, queue->form->name, &start) || start.id.length != ID_LENGTH)
		return false;
	memcpy(order->id, start.id.bytes, ID_LENGTH);
	order->id[ID_LENGTH] = '\0';
	order->line = line;
	order->attempts = 0;
	if (record_is_spam(line))
		return false;
	job_result(queue->folder, start.id, true, result);
	if (access(result, F_OK) == 0)
		return false;
	if (job_read(queue->folder, start.id, arena, &job) != JOB_FOUND)
		return true;
	order->attempts = job.attempts;
	return job.state == JOB_RUNNING; /* when the worker died; what waits, failed or was cancelled has its file */
}

/* Takes the next line of a day from an offset on, which moves on; false where there is none that asks for the task. */
static bool take_line(struct queue *queue, uint16_t day, uint64_t *offset, struct arena *arena, struct order *order)
{
	struct span line;
	while (log_line_next(&queue->log, (struct place){.day = day, .offset = *offset}, arena, &line) == LOG_FOUND) {
		uint64_t begin = *offset;
		*offset += line.length + 1;
		if (!wants_task(queue, line, order, arena)) {
			arena_reset(arena);
			continue;
		}
		order->flight = queue->flights_n;
		queue->flights[queue->flights_n++] = (struct flight){day, begin, false};
		return true;
	}
	return false;
}

/* Takes a job off the list of those that are due. */
static bool take_due(struct queue *queue, const struct secret *secret, time_t now, struct arena *arena, struct order *order)
{
	for (size_t i = 0; i < queue->due_n; i++) {
		struct job job;
		if (queue->due[i].next > now)
			continue;
		memcpy(order->id, queue->due[i].id, sizeof order->id);
		queue->due[i--] = queue->due[--queue->due_n];
		struct span id = span_of(order->id);
		if (job_read(queue->folder, id, arena, &job) != JOB_FOUND ||
		    (job.state != JOB_WAITING && job.state != JOB_RUNNING) || job_due(&job, now) > now)
			continue; /* the list is older than the last try may be */
		enum log_found found = log_line_find(&queue->log, secret, id, arena, &order->line);
		if (found == LOG_FAILED)
			continue; /* the next look finds it again */
		if (found == LOG_ABSENT || record_erased(order->line)) {
			job_remove(queue->folder, id, true);
			continue;
		}
		order->attempts = job.attempts;
		order->flight = QUEUE_FLIGHTS;
		return true;
	}
	return false;
}

/* Takes the next line of a day that asks for the task; what is not flushed yet may be taken back, so it is flushed first. */
static bool take_of_day(struct queue *queue, uint16_t day, uint64_t *offset, struct arena *arena, struct order *order)
{
	if (!has_more(queue, day, *offset))
		return false;
	if (queue->config->durable)
		log_day_flush(&queue->log, day);
	return take_line(queue, day, offset, arena, order);
}

static bool take_late(struct queue *queue, struct arena *arena, struct order *order)
{
	for (size_t i = 0; i < queue->late_n; i++)
		if (take_of_day(queue, queue->late[i].day, &queue->late[i].offset, arena, order))
			return true;
	return false;
}

bool queue_full(const struct queue *queue)
{
	return queue->flights_n == QUEUE_FLIGHTS;
}

bool queue_next(struct queue *queue, const struct secret *secret, time_t now, struct arena *arena, struct order *order)
{
	struct cursor *cursor = &queue->cursor;
	if (take_due(queue, secret, now, arena, order))
		return true;
	if (queue_full(queue))
		return false;
	queue_take_up(queue, now);
	if (take_late(queue, arena, order))
		return true;
	for (bool moved = false;; moved = true) {
		bool taken = take_of_day(queue, (uint16_t)(cursor->day - 1), &cursor->before, arena, order) ||
			take_of_day(queue, cursor->day, &cursor->now, arena, order);
		if (taken || cursor->day >= date_day(now) || queue->flights_n) {
			if (moved)
				queue_settle(queue, QUEUE_FLIGHTS); /* at once: posts look at it */
			return taken;
		}
		*cursor = (struct cursor){.day = (uint16_t)(cursor->day + 1), .before = cursor->now};
	}
}

/* Tells whether a day's file has a line that was not taken; what is torn is none, and who goes on writing it wakes a worker. */
static bool has_line(const struct queue *queue, uint16_t day, uint64_t offset)
{
	struct arena arena = {0};
	struct span line;
	bool has = has_more(queue, day, offset) &&
		log_line_next(&queue->log, (struct place){.day = day, .offset = offset}, &arena, &line) == LOG_FOUND;
	arena_free(&arena);
	return has;
}

bool queue_pending(struct queue *queue, time_t *next)
{
	const struct cursor *cursor = &queue->cursor;
	time_t now = time(NULL);
	queue_take_up(queue, now);
	for (size_t i = 0; i < queue->late_n; i++)
		if (has_line(queue, queue->late[i].day, queue->late[i].offset))
			return true;
	for (size_t i = 0; i < queue->due_n; i++)
		if (!*next || queue->due[i].next < *next)
			*next = queue->due[i].next;
	return queue->due_n || queue->flights_n || has_line(queue, (uint16_t)(cursor->day - 1), cursor->before) ||
		has_line(queue, cursor->day, cursor->now) || cursor->day < date_day(now);
}
