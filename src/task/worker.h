/* The worker: the process that runs jobs, several at a time, until nothing is left to do. */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>

#include "config/config.h"

/*
 * Works until nothing is left to do or, if stay is set, until a signal ends it. If another worker has the lock, it ends at once or,
 * if stay is set, waits. Works for the node of the configuration, or for another one whose name is given; with stay it also sees to it
 * that the work of nodes that have no worker is done. Gives the exit status.
 */
int worker_run(const char *config_file, const char *node, bool stay);

#endif
