/* Retention: erases outcomes that are older than their form keeps them, a day's log at a time. */
#ifndef RETENTION_H
#define RETENTION_H

#include <time.h>

#include "config/config.h"
#include "task/queue.h"

/*
 * Erases the days of this node's log whose last outcome is older than the form keeps them, with their uploads, jobs and results. A
 * day stays while one of the form's queues has something to do for it; queues of other forms are ignored. -1 on failure, logged.
 */
int retention_run(const struct config *, const struct form *, struct queue *queues, size_t n, time_t now);

#endif
