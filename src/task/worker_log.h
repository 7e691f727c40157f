/* DATA/worker.log: what workers that were started by a request have to say. */
#ifndef WORKER_LOG_H
#define WORKER_LOG_H

#include "config/config.h"

/* Empties the log if it is too long and is this process's standard error. */
void worker_log_trim(const struct config *);

#endif
