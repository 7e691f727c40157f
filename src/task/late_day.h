/* Late days: days that got lines after a task's cursor had passed them, because the clock was set back or a log was replaced. */
#ifndef LATE_DAY_H
#define LATE_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "task/job.h"

/* Lines of the day from the offset on are still to do. */
struct late_day {
	uint16_t day;
	uint64_t offset;
};

/* Tells whether a name in a task's folder is that of a node's late day, and of which day. */
bool late_day_named(const char *name, const char *node, uint16_t *day);

/* Reads the offset of the day that is set; JOB_ABSENT if the day is not late, JOB_UNREADABLE if its file is damaged, which is logged. */
enum job_found late_day_read(const char *folder, const char *node, struct late_day *);

/* Writes an offset durably over the one in the file; -1 on failure, which is logged. */
int late_day_write(const char *folder, const char *node, const struct late_day *);

/*
 * Makes the file of a day durable; if it is not there, makes it first with the offset that is set. Other posts may do the same at
 * the same time: the first offset stays. -1 on failure, which is logged.
 */
int late_day_make(const char *folder, const char *node, const struct late_day *);

/* Tells whether the day has a file. */
bool late_day_exists(const char *folder, const char *node, uint16_t day);

/* Removes the file of a day. */
void late_day_remove(const char *folder, const char *node, uint16_t day);

#endif
