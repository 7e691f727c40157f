/* Retention: what a form has kept for as long as it keeps outcomes is erased, a day's log at a time. */
#ifndef RETENTION_H
#define RETENTION_H

#include <time.h>

#include "config/config.h"
#include "task/queue.h"

/*
 * Erases the days of this node's log whose last outcome is older than the form keeps them, with their uploads, jobs and results. A
 * day stays while one of the queues, which may be of other forms too, has something to do for it. -1 with the reason said.
 */
int retention_run(const struct config *, const struct form *, struct queue *queues, size_t n, time_t now);

#endif
