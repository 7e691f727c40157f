/* Cursors: how far a task has got with the logs of its form, in files below DATA/FORM/tasks/TASK. */
#ifndef CURSOR_H
#define CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "config/config.h"
#include "task/job.h"

/* For a day and the day before it: late lines may come to that one. */
struct cursor {
	uint16_t day;
	uint64_t before, now; /* offsets */
	bool fresh;           /* its name may not be durable yet */
};

/* For a day that the cursor had passed when the clock was set back to it. */
struct late {
	uint16_t day;
	uint64_t offset;
};

/* Reads a task's cursor; JOB_ABSENT where there is none yet. */
enum job_found cursor_read(const char *folder, const char *node, struct cursor *);

/* Writes it, durably, once cursor_settle has seen to its name; -1 with the reason said. */
int cursor_write(const char *folder, const char *node, const struct cursor *);

/* Makes the name of a fresh cursor durable; -1 with the reason said. */
int cursor_settle(const char *folder, const struct cursor *);

/*
 * Makes sure, before an outcome is kept now, that each task of its form will come to it: that there is a cursor, and a late day
 * where the cursor has passed this one. -1 with the reason said.
 */
int cursor_begin(const struct config *, const struct form *, time_t now);

/* Tells whether a name in a task's folder is that of a node's late day, and of which. */
bool late_named(const char *name, const char *node, uint16_t *day);

/* Reads what is written of the late day that is set; JOB_ABSENT where it is none. */
enum job_found late_read(const char *folder, const char *node, struct late *);

/* Writes it, durably; -1 with the reason said. */
int late_write(const char *folder, const char *node, const struct late *);

/* Removes what is written of a day once nobody posts on it any more and all that was posted is settled. */
void late_remove(const char *folder, const char *node, uint16_t day);

#endif
