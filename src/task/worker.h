/* The worker: does what tasks have to do, several at a time, until there is nothing left. */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Works until nothing is left to do, or, where stay is set, until a signal ends it; another worker's lock makes it end at once, or
 * wait. Gives the exit status.
 */
int worker_run(const char *config_file, bool stay);

#endif
