/* Loading [task NAME]. */
#ifndef LOAD_TASK_H
#define LOAD_TASK_H

#include "config/loader.h"

/* Reads the section of a task. */
void load_task_read(const struct loader *, const struct ini_section *, const char *name);

/* Checks the tasks that a form names, and names them as their sections do. */
void load_task_check_form(const struct loader *, struct form *);

/* Checks, once all sections are read, that tasks hold together, and that those which forms name are there. */
void load_task_check(const struct loader *);

#endif
