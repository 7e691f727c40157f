/* What waits in a task's folder beside the log: jobs that are due again, and days whose lines came late; see queue.h and queue.c. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/span.h"
#include "task/queue.h"

/* A look reads a file for each job that is not simply done; those of many take their time, and get no more than a part of it. */
enum { LOOK_SECONDS = 2, LOOK_PART = 20, LOOK_SECONDS_MAX = 60 };

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
 * one is known at the first look only, before anything runs here. Another node's jobs are its own worker's.
 */
static void look_at(struct queue *queue, const struct secret *secret, struct span id, time_t now, bool first, struct arena *arena)
{
	struct job job;
	if (!id_is_of(id, secret, queue->config->node))
		return;
	enum job_found found = job_read(queue->folder, id, arena, &job);
	if (found == JOB_FOUND && (job.state == JOB_WAITING || (first && job.state == JOB_RUNNING)))
		queue_add(queue, id.bytes, job.state == JOB_WAITING ? job_due(&job, now) : 0);
	arena_reset(arena);
}

/* Takes the cursor back to where lines of one of its days are new; what was taken of the file before holds it back no more. */
static void rewind_to(struct queue *queue, struct late late)
{
	uint64_t *offset = late.day == queue->cursor.day ? &queue->cursor.now : &queue->cursor.before;
	if (late.offset < *offset)
		*offset = late.offset;
	for (size_t i = 0; i < queue->flights_n; i++)
		if (queue->flights[i].day == late.day && queue->flights[i].begin >= late.offset)
			queue->flights[i].begin = UINT64_MAX;
	if (queue_settle(queue, QUEUE_FLIGHTS) == 0)
		late_remove(queue->folder, queue->config->node, late.day);
}

/* Takes up a day that posts came late to, unless it is taken up already. */
static void take_up(struct queue *queue, uint16_t day)
{
	struct late late = {.day = day};
	bool passed = day + 1 < queue->cursor.day;
	for (size_t i = 0; i < queue->late_n; i++)
		if (queue->late[i].day == day)
			return;
	if ((passed && queue->late_n == QUEUE_LATE) || late_read(queue->folder, queue->config->node, &late) != JOB_FOUND)
		return;
	if (!passed)
		rewind_to(queue, late);
	else
		queue->late[queue->late_n] = queue->late_written[queue->late_n] = late, queue->late_n++;
}

void queue_take_up(struct queue *queue, time_t now)
{
	if (date_day(now) <= queue->cursor.day)
		take_up(queue, (uint16_t)date_day(now));
}

void queue_look(struct queue *queue, const struct secret *secret, time_t now)
{
	struct arena arena = {0};
	uint16_t day;
	bool first = !queue->looked;
	int64_t begun = date_uptime();
	if (!queue_ready(queue) || (now >= queue->looked && now < queue->looked + queue->pause)) /* it may have been set back since */
		return;
	queue->looked = now;
	queue->due_n = 0;
	DIR *folder = opendir(queue->folder);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (job_named(entry->d_name))
			look_at(queue, secret, (struct span){entry->d_name, ID_LENGTH}, now, first, &arena);
		else if (late_named(entry->d_name, queue->config->node, &day))
			take_up(queue, day);
	if (folder)
		closedir(folder);
	arena_free(&arena);
	time_t part = (time_t)((date_uptime() - begun) * LOOK_PART / DATE_SECOND);
	queue->pause = part < LOOK_SECONDS_MAX - LOOK_SECONDS ? LOOK_SECONDS + part : LOOK_SECONDS_MAX;
}
