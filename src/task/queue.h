/* Queues: what a task has still to do for the outcomes of one form, in the order in which they came, and what is due again. */
#ifndef QUEUE_H
#define QUEUE_H

#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "config/config.h"
#include "keep/log.h"
#include "task/cursor.h"
#include "task/job.h"

enum { QUEUE_FLIGHTS = 64, QUEUE_LATE = 8 };

/* A job that was taken from the log and is not settled: done, or with a file of its own. */
struct flight {
	uint16_t day;
	uint64_t begin; /* of its line */
	bool settled;
};

struct queue {
	const struct config *config; /* borrowed, all three */
	const struct form *form;
	const struct task *task;
	struct log log;
	char folder[PATH_MAX];
	bool begun;                  /* there is a cursor */
	bool broken;                 /* it can't be read: this queue stands still */
	struct cursor cursor, written; /* how far lines were taken, and what was kept of that */
	struct late late[QUEUE_LATE], late_written[QUEUE_LATE]; /* the same of days that the cursor had passed; of more, later */
	size_t late_n;
	struct flight flights[QUEUE_FLIGHTS];
	size_t flights_n;
	struct due { char id[ID_LENGTH + 1]; time_t next; } *due; /* what is to be tried again */
	size_t due_n, due_room;
	time_t looked, pause;        /* when the folder was last looked through for those, and how long after that it is again */
};

/* A job to be done. */
struct order {
	char id[ID_LENGTH + 1];
	struct span line;     /* the record, in the arena */
	uint64_t attempts;    /* so far */
	size_t flight;        /* which flight it is, or QUEUE_FLIGHTS: it is tried again */
};

/* Starts the queue of a form's task. */
void queue_begin(struct queue *, const struct config *, const struct form *, const struct task *);

/* Tells whether the task has a cursor that can be read, which its first outcome gives it; says once where it can't. */
bool queue_ready(struct queue *);

/* Gives the next job that is due; false where there is none now. */
bool queue_next(struct queue *, const struct secret *, time_t now, struct arena *, struct order *);

/* A job from the log is settled: the cursor may move on. -1 with the reason said. */
int queue_settle(struct queue *, size_t flight);

/* Tells whether no more jobs can be taken from the log before one is settled. */
bool queue_full(const struct queue *);

/* Adds a job that is to be tried again. */
void queue_add(struct queue *, const char *id, time_t next);

/* Looks for jobs that somebody else has set to be tried again, and for days that posts came late to. */
void queue_look(struct queue *, const struct secret *, time_t now);

/* Takes up today, where a post may just have told that lines of it came late. */
void queue_take_up(struct queue *, time_t now);

/* Tells whether there is anything in the queue that is not done, now or later; next becomes the time of the nearest that waits. */
bool queue_pending(struct queue *, time_t *next);

/* Tells whether all lines of a day were taken, and what was taken is settled; queue_look has been called. */
bool queue_past(struct queue *, uint16_t day);

/* Lets go of it. */
void queue_end(struct queue *);

#endif
