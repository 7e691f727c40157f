/*
 * Queues; see queue.h. Lines are taken in their order and settled in any; the cursor that is kept stands before the first that is
 * not settled, so a death has those behind it done again, at most QUEUE_FLIGHTS of them.
 */
#include "queue.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "date.h"
#include "diag.h"
#include "record.h"

enum { LOOK_SECONDS = 2 };

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

/* --- what is due again --------------------------------------------------------------------------------------------- */

void queue_add(struct queue *queue, const char *id, time_t next)
{
	if (queue->due_n == queue->due_room) {
		queue->due_room = queue->due_room ? queue->due_room * 2 : 16;
		struct due *due = realloc(queue->due, queue->due_room * sizeof *due);
		if (!due)
			diag_die("out of memory");
		queue->due = due;
	}
	memcpy(queue->due[queue->due_n].id, id, ID_LENGTH);
	queue->due[queue->due_n].id[ID_LENGTH] = '\0';
	queue->due[queue->due_n++].next = next;
}

/*
 * Looks at one file: a job that waits, or one that ran when a worker died, which the cursor may have passed. That it is such a
 * one is known at the first look only, before anything runs here.
 */
static void look_at(struct queue *queue, const char *id, bool first, struct arena *arena)
{
	struct job job;
	if (job_read(queue->folder, (struct span){id, ID_LENGTH}, arena, &job) != JOB_FOUND)
		return;
	if (job.state == JOB_WAITING || (first && job.state == JOB_RUNNING))
		queue_add(queue, id, job.state == JOB_WAITING ? job.next : 0);
}

void queue_look(struct queue *queue, time_t now)
{
	struct arena arena = {0};
	bool first = !queue->looked;
	if (now < queue->looked + LOOK_SECONDS)
		return;
	queue->looked = now;
	queue->due_n = 0;
	DIR *folder = opendir(queue->folder);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (strlen(entry->d_name) == ID_LENGTH + 5 && strcmp(entry->d_name + ID_LENGTH, ".json") == 0)
			look_at(queue, entry->d_name, first, &arena);
	if (folder)
		closedir(folder);
	arena_free(&arena);
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
		    (job.state != JOB_WAITING && job.state != JOB_RUNNING) || job.next > now)
			continue; /* the list is older than the last try may be */
		enum log_found found = log_find(&queue->log, secret, id, arena, &order->line);
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

/* --- the log ------------------------------------------------------------------------------------------------------- */

/* Gives the cursor that may be kept: before the first line that is not settled, of each day. */
static struct cursor kept_cursor(const struct queue *queue)
{
	struct cursor cursor = queue->cursor;
	for (size_t i = 0; i < queue->flights_n; i++) {
		const struct flight *flight = &queue->flights[i];
		uint64_t *offset = flight->day == cursor.day ? &cursor.now : &cursor.before;
		if (!flight->settled && flight->begin < *offset)
			*offset = flight->begin;
	}
	return cursor;
}

static bool any_unsettled(const struct queue *queue)
{
	for (size_t i = 0; i < queue->flights_n; i++)
		if (!queue->flights[i].settled)
			return true;
	return false;
}

int queue_settle(struct queue *queue, size_t flight)
{
	if (flight < QUEUE_FLIGHTS)
		queue->flights[flight].settled = true;
	if (!any_unsettled(queue))
		queue->flights_n = 0; /* till then flights keep their numbers */
	struct cursor cursor = kept_cursor(queue);
	if (cursor.day == queue->written.day && cursor.now == queue->written.now && cursor.before == queue->written.before)
		return 0;
	queue->written = cursor;
	return cursor_write(queue->folder, queue->config->node, &cursor);
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
	while (log_next(&queue->log, (struct place){.day = day, .offset = *offset}, arena, &line) == LOG_FOUND) {
		uint64_t begin = *offset;
		*offset += line.length + 1;
		if (!wants_task(queue, line, order, arena)) {
			arena_reset(arena);
			continue;
		}
		order->flight = queue->flights_n;
		queue->flights[queue->flights_n++] = (struct flight){day, begin, *offset, false};
		return true;
	}
	return false;
}

/* What a poster has not flushed yet may be taken back: it is flushed here before it is worked on. */
static void flush_day(const struct queue *queue, uint16_t day)
{
	if (queue->config->durable)
		log_flush_day(&queue->log, day);
}

/* Tells whether a day's file has more bytes than were taken, or may have: then who reads it says why it can't. */
static bool has_more(const struct queue *queue, uint16_t day, uint64_t offset)
{
	uint64_t size;
	return log_size(&queue->log, day, &size) < 0 || size > offset;
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
	for (bool moved = false;; moved = true) {
		bool before = has_more(queue, (uint16_t)(cursor->day - 1), cursor->before), here = has_more(queue, cursor->day, cursor->now);
		if (before)
			flush_day(queue, (uint16_t)(cursor->day - 1));
		if (here)
			flush_day(queue, cursor->day);
		if ((before && take_line(queue, (uint16_t)(cursor->day - 1), &cursor->before, arena, order)) ||
		    (here && take_line(queue, cursor->day, &cursor->now, arena, order)))
			return true;
		if (cursor->day >= date_day(now) || queue->flights_n) {
			if (moved)
				queue_settle(queue, QUEUE_FLIGHTS);
			return false;
		}
		*cursor = (struct cursor){(uint16_t)(cursor->day + 1), cursor->now, 0};
	}
}

/* Tells whether a day's file has a line that was not taken; what is torn is none, and who goes on writing it wakes a worker. */
static bool has_line(const struct queue *queue, uint16_t day, uint64_t offset)
{
	struct arena arena = {0};
	struct span line;
	bool has = has_more(queue, day, offset) &&
		log_next(&queue->log, (struct place){.day = day, .offset = offset}, &arena, &line) == LOG_FOUND;
	arena_free(&arena);
	return has;
}

bool queue_pending(const struct queue *queue, time_t *next)
{
	const struct cursor *cursor = &queue->cursor;
	for (size_t i = 0; i < queue->due_n; i++)
		if (!*next || queue->due[i].next < *next)
			*next = queue->due[i].next;
	return queue->due_n || queue->flights_n || has_line(queue, (uint16_t)(cursor->day - 1), cursor->before) ||
		has_line(queue, cursor->day, cursor->now) || cursor->day < date_day(time(NULL));
}
