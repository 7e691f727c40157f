/* Cursors: how far a task has got with the logs of its form. */
#ifndef CURSOR_H
#define CURSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "config/config.h"
#include "task/job.h"

/* An offset in the log of a day and one in that of the day before, which may still get lines around midnight. */
struct cursor {
	uint16_t day;
	uint64_t before, now; /* offsets */
	bool fresh;           /* the name of its file may not be durable yet */
};

/* Reads a task's cursor: JOB_ABSENT if there is none yet, JOB_UNREADABLE if its file is damaged, which is logged. */
enum job_found cursor_read(const char *folder, const char *node, struct cursor *);

/* Writes a cursor durably over an older one, after cursor_sync; -1 on failure, which is logged. */
int cursor_write(const char *folder, const char *node, const struct cursor *);

/* Makes the name of a fresh cursor durable; -1 on failure, which is logged. */
int cursor_sync(const char *folder, const struct cursor *);

/*
 * Makes sure, before a line is appended to a form's log at the time now, that each task of the form will find the line: makes the
 * cursor if there is none, and a late day if the cursor has passed the day. -1 on failure, which is logged.
 */
int cursor_begin(const struct config *, const struct form *, time_t now);

#endif
