/* Retention: erases what a form has kept for longer than config.ini says, a day's log at a time. */
#ifndef RETENTION_H
#define RETENTION_H

#include <time.h>

#include "config/config.h"
#include "keep/steady.h"
#include "task/queue.h"

/*
 * Erases the days of this node's log whose last outcome is older than the form keeps them, with their uploads, jobs and results. A
 * day is erased when two looks, STEADY_WAIT seconds of steady time apart, find it too old, and the clock has not leapt in between.
 * A day stays while one of the queues, which may be of other forms too, has something to do for it. Logs each day that is
 * erased, and a failure, and gives -1 then.
 */
int retention_run(const struct config *, const struct form *, struct queue *queues, size_t n, const struct steady *, time_t now);

#endif
