/* Checking how far the tasks of a form are, and their jobs. */
#ifndef VERIFY_TASK_H
#define VERIFY_TASK_H

#include "command/checked_form.h"

/* Reads every cursor, late day, job and result in the form's folder, of all nodes and of tasks that config.ini has no longer. */
void verify_task_check(struct checked_form *);

#endif
