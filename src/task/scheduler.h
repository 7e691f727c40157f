/* The scheduler: the queues of all forms and tasks, which of them gets the next free slot, and the jobs that run at the same time. */
#ifndef SCHEDULER_H
#define SCHEDULER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "keep/secret.h"
#include "task/alarm.h"
#include "task/attempt.h"
#include "task/deciding.h"
#include "task/queue.h"

/* All zeroes before scheduler_begin. */
struct scheduler {
	const struct config *config; /* borrowed, both; the queues are those of its tasks */
	const struct secret *secret;
	struct queue *queues;
	size_t queues_n;
	size_t turn;              /* the queue that gets the next free slot */
	size_t forms_n;           /* forms that have queues */
	struct attempt *attempts; /* one for each slot */
	size_t slots;
	size_t running; /* the alarm is one of them */
	struct alarm alarm;
	bool stopping; /* runs are told to end, and their jobs stay as they are */
	bool failed;   /* something could not be kept, which is logged; no job is started any more */
};

/* Begins a queue for each task of each form, in place of those that were there. Nothing may run, and the worker's lock must be held. */
void scheduler_begin(struct scheduler *, const struct config *, const struct secret *, const struct deciding *);

/* Looks every few seconds for what somebody else asked of the queues. */
void scheduler_refresh(struct scheduler *);

/* Starts jobs while slots are free, and an alarm if one is due. */
void scheduler_start(struct scheduler *);

/* Gives the descriptors, n at most, that become readable when a run reports progress; returns how many they are. */
nfds_t scheduler_files(const struct scheduler *, struct pollfd *files, nfds_t n);

/* Takes the progress of each run, stops those that take too long or are not wanted any more, and takes what becomes of those that have ended. */
void scheduler_watch(struct scheduler *);

/* Tells all runs to end; scheduler_watch sees to it that they do. */
void scheduler_stop(struct scheduler *);

/* Tells whether a queue has anything left to do, now or later. */
bool scheduler_pending(struct scheduler *);

/* Writes the cursors, which also pass lines that asked for nothing; -1 on failure, which is logged. The worker's lock must be held. */
int scheduler_settle(struct scheduler *);

/* Frees the queues; nothing may run. */
void scheduler_end(struct scheduler *);

#endif
