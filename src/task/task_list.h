/* The roster of a task: what it has not done yet, for its owner. */
#ifndef TASK_LIST_H
#define TASK_LIST_H

#include <stdio.h>

#include "config/config.h"

/* Prints how much of the log is still to do, and a line for each job that waits, failed or was cancelled; -1 with the reason said. */
int task_list_print(const struct config *, const struct form *, const struct task *, FILE *);

/* Sets what was given up to be tried again, all of it or the job of an id: how many, or -1 with the reason said. */
int task_list_retry(const struct config *, const struct form *, const struct task *, const char *id);

#endif
