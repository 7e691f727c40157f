/* Loading [task NAME]. */
#ifndef LOAD_TASK_H
#define LOAD_TASK_H

#include "config/loader.h"

/* Reads the section of a task. */
void load_task_read(const struct loader *, const struct ini_section *, const char *name);

/* Checks, once all sections are read, that tasks hold together, and that those which forms name are there. */
void load_task_check(const struct loader *);

#endif
