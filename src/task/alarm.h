/* Alarms: another task tells the owner that a task fails. */
#ifndef ALARM_H
#define ALARM_H

#include "task/attempt.h"

/* An alarm under way, if its attempt is used. */
struct alarm {
	struct attempt attempt;
	struct queue queue;  /* whose folder is that of the failing task */
	struct queue *about; /* the queue that fails */
	struct form form;
};

/* Begins an alarm if a queue has failed for long or gave a job up, and none was begun for it within a day. True if one was begun. */
bool alarm_begin(struct alarm *, struct queue *queues, size_t n, const struct secret *, time_t now);

/* Takes the status of its process if that has ended; true if so. */
bool alarm_reap(struct alarm *, time_t now);

#endif
