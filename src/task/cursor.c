/*
 * In DATA/FORM/tasks/TASK/, beside the files of jobs:
 *
 *   cursor, cursor.NODE   a day and two offsets, in the log of the day before and in that of the day. The jobs of all lines before
 *                         them, and of all earlier days, are done or have files of their own. " new" at the end: the file's name
 *                         may not be durable yet
 *
 * The first post makes the cursor before it appends its line; afterwards only the worker writes it.
 */
#include "task/cursor.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/folder.h"
#include "keep/log_day.h"
#include "task/late_day.h"
#include "task/task_file.h"

static void cursor_path(const char *folder, const char *node, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/cursor%s%s", PATH_MAX - 100, folder, *node ? "." : "", node);
}

enum job_found cursor_read(const char *folder, const char *node, struct cursor *cursor)
{
	char path[PATH_MAX], line[TASK_FILE_LINE];
	unsigned day;
	cursor_path(folder, node, path);
	enum job_found found = task_file_read(path, line);
	if (found == JOB_ABSENT)
		return JOB_ABSENT;
	if (found == JOB_UNREADABLE || sscanf(line, "%u %" SCNu64 " %" SCNu64, &day, &cursor->before, &cursor->now) != 3 ||
		day > UINT16_MAX)
		return task_file_unreadable(path, found);
	cursor->day = (uint16_t)day;
	cursor->fresh = strstr(line, " new") != NULL;
	return JOB_FOUND;
}

static int cursor_put(const char *folder, const char *node, const struct cursor *cursor, bool new)
{
	char path[PATH_MAX], line[TASK_FILE_LINE];
	cursor_path(folder, node, path);
	snprintf(line, sizeof line, "%u %" PRIu64 " %" PRIu64 "%s\n", cursor->day, cursor->before, cursor->now, new ? " new" : "");
	return task_file_write(path, line, new);
}

int cursor_write(const char *folder, const char *node, const struct cursor *cursor)
{
	return cursor_put(folder, node, cursor, false);
}

int cursor_sync(const char *folder, const struct cursor *cursor)
{
	char above[PATH_MAX];
	if (!cursor->fresh)
		return 0;
	/* The task's folder, "tasks" and the form's folder; the log makes those above durable. */
	for (int up = 0; up <= 2; up++) {
		snprintf(above, sizeof above, "%.*s%.*s", PATH_MAX - 10, folder, up * 3, "/../..");
		if (folder_sync(above) < 0) {
			diag_system("%s: can't be flushed", above);
			return -1;
		}
	}
	return 0;
}

/* Reads the size of a day's log and, unless before is NULL, of the log of the day before. */
static int read_sizes(const struct config *config, const struct form *form, uint16_t day, uint64_t *before, uint64_t *now)
{
	struct log log;
	log_begin(&log, config->data, form->name, config->node, false);
	if ((!before || log_day_size(&log, (uint16_t)(day - 1), before) == 0) && log_day_size(&log, day, now) == 0)
		return 0;
	diag_system("%s: can't read the size of the log", form->name);
	return -1;
}

/*
 * A new task starts with the lines that come from now on. Of several posts that find no cursor the first makes it, and the others
 * leave it as it is: the first may have appended its line meanwhile.
 */
static int make_cursor(const struct config *config, const struct form *form, const char *folder, time_t now)
{
	struct cursor cursor = {.day = (uint16_t)date_day(now), .fresh = true};
	if (read_sizes(config, form, cursor.day, &cursor.before, &cursor.now) < 0)
		return -1;
	if (folder_make(folder) < 0) {
		diag_system("%s: can't be made", folder);
		return -1;
	}
	return cursor_put(folder, config->node, &cursor, true) < 0 ? -1 : cursor_sync(folder, &cursor);
}

/* Finds out whether the cursor stands beyond the end of a day's log: the log was moved away, restored, or lost lines. */
static int find_beyond(const struct config *config, const struct form *form, const struct cursor *cursor, uint16_t day, bool *beyond)
{
	uint64_t size, passed = day > cursor->day ? 0 : day == cursor->day ? cursor->now : cursor->before;
	if (passed && read_sizes(config, form, day, NULL, &size) < 0)
		return -1;
	*beyond = passed && size < passed;
	return 0;
}

/* Its file is flushed by each post on that day, which is dear, but clocks are seldom set back so far. */
static int make_late_day(const struct config *config, const struct form *form, const char *folder, time_t now)
{
	struct late_day late = {.day = (uint16_t)date_day(now)};
	if (!late_day_exists(folder, config->node, late.day) && read_sizes(config, form, late.day, NULL, &late.offset) < 0)
		return -1;
	return late_day_make(folder, config->node, &late);
}

static int begin_task(const struct config *config, const struct form *form, const char *folder, time_t now)
{
	struct cursor cursor;
	bool beyond;
	switch (cursor_read(folder, config->node, &cursor)) {
	case JOB_ABSENT: return make_cursor(config, form, folder, now);
	case JOB_UNREADABLE:
		return errno == EILSEQ || errno == EACCES ? 0 : -1; /* the task waits for somebody to mend the file; posts go on */
	case JOB_FOUND: break;
	}
	if (cursor_sync(folder, &cursor) < 0 || find_beyond(config, form, &cursor, (uint16_t)date_day(now), &beyond) < 0)
		return -1;
	return beyond || date_day(now) + 1 < cursor.day ? make_late_day(config, form, folder, now) : 0;
}

int cursor_begin(const struct config *config, const struct form *form, time_t now)
{
	char folder[PATH_MAX];
	const struct task *task;
	for (size_t i = 0; (task = config_form_task(config, form, i)); i++) {
		job_folder(config, form, task, folder);
		if (begin_task(config, form, folder, now) < 0)
			return -1;
	}
	return 0;
}
