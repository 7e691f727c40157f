/* Waking the worker: a request that left something to do makes sure that somebody does it. */
#ifndef WAKE_H
#define WAKE_H

#include <stdbool.h>

#include "config/config.h"

/* Takes the lock that a worker holds while it works: its descriptor, or -1 and errno, EWOULDBLOCK where another has it. */
int wake_lock(const struct config *);

/* Sets down, for wake_due, that the worker that holds the lock has begun. */
void wake_mark(int lock);

/* Tells whether no worker has begun today (UTC). */
bool wake_due(const struct config *);

/* Starts a worker, unless one works; by way of the process that wake_by or wake_begin has named, if any. */
void wake(const struct config *);

/* Names the connection over which this process asks for workers; -1: none. */
void wake_by(int connection);

/* Does what is asked for over a connection once; the configuration may be NULL. False where the other end is gone. */
bool wake_serve(int connection, const struct config *);

/* Leaves a process behind that starts workers for this one, which is about to lock itself in. It reads nothing else. */
void wake_begin(const struct config *);

/* Ends that process, if there is one. */
void wake_end(void);

/* Empties DATA/worker.log once it is too long, where it is this process's standard error. */
void wake_log_trim(const struct config *);

#endif
