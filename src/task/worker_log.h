/* DATA/worker.log: what workers that were started by a request have to say. */
#ifndef WORKER_LOG_H
#define WORKER_LOG_H

#include <stdbool.h>

#include "base/span.h"

/* Opens the log for a worker that is about to be started, cut to its newest lines if it is too long: a descriptor, or -1 and errno. */
int worker_log_open(const char *data);

/* Puts the time before each further message, if standard error is a file. */
void worker_log_begin(void);

/* Tells whether the log is this process's standard error. */
bool worker_log_is_used(const char *data);

/* If the log is this process's standard error and has become too long, cuts it to its newest lines. */
void worker_log_trim(const char *data);

/*
 * Blanks what the log says about an outcome, after its id: a failed command's last words may name a person. Logs a failure and gives -1;
 * without a log it has nothing to do and gives 0.
 */
int worker_log_forget(const char *data, struct span id);

#endif
