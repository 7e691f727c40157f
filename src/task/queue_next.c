/*
 * Retries that are due come first, then the lines of late days, then those of the cursor's two days. When the day is over and all of
 * it was taken and settled, the cursor goes on to the next one. For a digest lines are taken only once a period is over.
 */
#include "task/queue_next.h"

#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"

/* --- lines --------------------------------------------------------------------------------------------------------- */

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

/* Finds the next line of a day that asks for the task, and moves the offset to it; returns false if there is no such line. */
static bool find_wanted_line(const struct queue *queue, uint16_t day, uint64_t *offset, struct arena *arena, struct queued_job *next)
{
	struct span line;
	uint64_t end;
	while ((!queue->decided || decided_file_covers(queue->decided, day, *offset)) &&
		log_line_next(&queue->log, (struct place){.day = day, .offset = *offset}, arena, &line, &end) == LOG_FOUND) {
		if (wants_task(queue, line, next, arena))
			return true;
		*offset = end;
		arena_reset(arena);
	}
	return false;
}

/* Takes the next line of a day that asks for the task, and moves the offset past it; returns false if there is no such line. */
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
	if (!queue_has_more(queue, day, *offset))
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

/* Tells whether a job's line has not been taken yet. */
static bool is_line_ahead(const struct queue *queue, const struct secret *secret, struct span id)
{
	struct place place;
	if (!id_read(id, secret, &place))
		return false;
	for (size_t i = 0; i < queue->late_n; i++)
		if (queue->late[i].day == place.day && queue->late[i].offset <= place.offset)
			return true;
	const struct cursor *cursor = &queue->cursor;
	return place.day > cursor->day || (place.day == cursor->day && place.offset >= cursor->now) ||
		(place.day + 1 == cursor->day && place.offset >= cursor->before);
}

/* What is to be done with a job that is due to be tried again. */
enum retried { RETRY_NOW, RETRY_LATER, RETRY_NEVER, RETRY_UNKNOWN };

/* Finds out what is to be done with a job; its file decides, since it may be younger than the list. If it is to be tried now, gives its line. */
static enum retried look_at_retry(
	const struct queue *queue, const struct secret *secret, time_t now, struct arena *arena, struct queued_job *next)
{
	struct job job;
	struct span id = span_of(next->id);
	enum job_found read = job_read(queue->folder, id, arena, &job);
	if (read == JOB_UNREADABLE)
		return RETRY_UNKNOWN;
	if (read == JOB_ABSENT || (job.state != JOB_WAITING && job.state != JOB_RUNNING) || job_due(&job, now) > now)
		return RETRY_NEVER;
	enum log_found found = log_line_find(&queue->log, secret, id, arena, &next->line);
	if (found == LOG_FAILED)
		return RETRY_UNKNOWN;
	if (found == LOG_ABSENT || record_erased(next->line)) {
		job_remove(queue->folder, id, true);
		return RETRY_NEVER;
	}
	next->attempts = job.attempts;
	next->taken = QUEUE_TAKEN;
	return queue_wants(queue->task, next->line) && is_line_ahead(queue, secret, id) ? RETRY_LATER : RETRY_NOW;
}

/*
 * Takes a retry that is due. A job whose line is still to be taken waits for that, or it would be done once more when the retry is over
 * and its file gone.
 */
static bool take_retry(struct queue *queue, const struct secret *secret, time_t now, struct arena *arena, struct queued_job *next)
{
	while (retry_list_take(&queue->retries, now, next->id)) {
		switch (look_at_retry(queue, secret, now, arena, next)) {
		case RETRY_NOW: return true;
		case RETRY_LATER: retry_list_add(&queue->retries, next->id, now + 1); break;
		case RETRY_UNKNOWN: queue->retries.resumed = false; break; /* the next refresh finds it again */
		case RETRY_NEVER: break;
		}
		arena_reset(arena);
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
	bool found = queue_has_more(queue, day, *offset) && pass_unwanted_lines(queue, day, offset, &arena, &next) &&
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

/* --- the next job -------------------------------------------------------------------------------------------------- */

bool queue_next(struct queue *queue, const struct secret *secret, time_t now, struct arena *arena, struct queued_job *next)
{
	struct cursor *cursor = &queue->cursor;
	if (take_retry(queue, secret, now, arena, next))
		return true;
	if (queue_full(queue))
		return false;
	queue_refresh_today(queue, now);
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
