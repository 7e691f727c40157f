/* The worker's lock: DATA/worker, or DATA/worker.NODE, is locked while a worker is at work. */
#ifndef WORKER_LOCK_H
#define WORKER_LOCK_H

#include <stdbool.h>

#include "config/config.h"

/* Takes the lock: a descriptor that holds it, or -1 and errno, EWOULDBLOCK if another worker has it. */
int worker_lock_take(const struct config *);

/* Tells whether a lock that is held is still the one that others would take: false if the data folder was replaced. */
bool worker_lock_valid(int lock, const struct config *);

/* Notes, for worker_lock_due, that the worker that holds the lock has begun. */
void worker_lock_mark(int lock);

/* Tells whether no worker has begun today (UTC) or since this boot: a clock that is set late would hide what came before. */
bool worker_lock_due(const struct config *);

#endif
