/* Starting a worker: a request that left a job behind makes sure that a worker does it. */
#ifndef WORKER_START_H
#define WORKER_START_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Starts a worker, unless one is at work: by way of the process at the other end of worker_start_connect's or worker_start_begin's
 * connection, if there is one. A failure is logged.
 */
void worker_start(const struct config *);

/* Starts a worker for another node, unless one is at work for it. A failure is logged. */
void worker_start_for(const struct config *, const char *node);

/* Names the connection over which this process asks for workers; -1: it starts them itself. */
void worker_start_connect(int connection);

/* Starts a worker for each byte that comes over a connection; the configuration may be NULL. False once the other end is gone. */
bool worker_start_serve(int connection, const struct config *);

/* Leaves a process behind that starts workers for this one, which is about to enter the sandbox. It reads nothing else. */
void worker_start_begin(const struct config *);

/* Ends that process, if there is one. */
void worker_start_end(void);

#endif
