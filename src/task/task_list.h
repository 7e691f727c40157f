/* The list of a task's jobs that are not done, for the commands "tasks" and "retry". */
#ifndef TASK_LIST_H
#define TASK_LIST_H

#include <stdio.h>

#include "config/config.h"

/* Prints how much of the log is still to do and a line for each job that has a file; -1 on failure, which is logged. */
int task_list_print(const struct config *, const struct form *, const struct task *, FILE *);

/* Sets failed jobs to be tried again: all, or that of an id. Gives how many, or -1 on failure, which is logged. */
int task_list_retry(const struct config *, const struct form *, const struct task *, const char *id);

#endif
