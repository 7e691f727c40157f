/*
 * In DATA/FORM/tasks/TASK/, beside the files of jobs (job.c):
 *
 *   cursor, cursor.NODE       a day, and two offsets: lines of the day before it and of that day which stand before them are done, or
 *                             have a file of their own; so are all lines of the days before. "new" behind that says that the name may
 *                             not be durable yet
 *   late.DAY, late.DAY.NODE   an offset: lines of that day behind it came when the clock had been set back to before the cursor's days,
 *                             or, of one of the cursor's days, when its file was moved away or restored
 *
 * A post sees to them before it keeps its line; what stands in them is moved on by the worker alone.
 */
#include "task/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "keep/log_day.h"

enum { LINE_ROOM = 100 };

static void cursor_path(const char *folder, const char *node, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/cursor%s%s", PATH_MAX - 100, folder, *node ? "." : "", node);
}

/* Reads the one line of a file; what is unreadable for another reason than its content leaves that in errno. */
static enum job_found line_read(const char *path, char line[LINE_ROOM])
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
		return JOB_ABSENT;
	ssize_t n = file < 0 ? -1 : read(file, line, LINE_ROOM - 1);
	file_close(file);
	line[n > 0 ? n : 0] = '\0';
	return n < 0 ? JOB_UNREADABLE : JOB_FOUND;
}

/* Says that a file is of no use; it is content that is at fault where a line could be read. */
static enum job_found unreadable(const char *path, enum job_found found)
{
	int reason = found == JOB_FOUND ? EILSEQ : errno;
	if (found == JOB_FOUND)
		diag_error("%s: can't be read", path);
	else
		diag_system("%s: can't be read", path);
	errno = reason;
	return JOB_UNREADABLE;
}

static int line_put(const char *path, const char *line, bool new)
{
	if (file_put(path, line, strlen(line), true, new) == 0)
		return 0;
	diag_system("%s: can't be written", path);
	return -1;
}

enum job_found cursor_read(const char *folder, const char *node, struct cursor *cursor)
{
	char path[PATH_MAX], line[LINE_ROOM];
	unsigned day;
	cursor_path(folder, node, path);
	enum job_found found = line_read(path, line);
	if (found == JOB_ABSENT)
		return JOB_ABSENT;
	if (found == JOB_UNREADABLE ||
	    sscanf(line, "%u %" SCNu64 " %" SCNu64, &day, &cursor->before, &cursor->now) != 3 || day > UINT16_MAX)
		return unreadable(path, found);
	cursor->day = (uint16_t)day;
	cursor->fresh = strstr(line, " new") != NULL;
	return JOB_FOUND;
}

static int cursor_put(const char *folder, const char *node, const struct cursor *cursor, bool new)
{
	char path[PATH_MAX], line[LINE_ROOM];
	cursor_path(folder, node, path);
	snprintf(line, sizeof line, "%u %" PRIu64 " %" PRIu64 "%s\n", cursor->day, cursor->before, cursor->now, new ? " new" : "");
	return line_put(path, line, new);
}

int cursor_write(const char *folder, const char *node, const struct cursor *cursor)
{
	return cursor_put(folder, node, cursor, false);
}

int cursor_settle(const char *folder, const struct cursor *cursor)
{
	char above[PATH_MAX];
	if (!cursor->fresh)
		return 0;
	/* And that of its folder, and of the one above it; the log sees to those above that. */
	for (int up = 0; up <= 2; up++) {
		snprintf(above, sizeof above, "%.*s%.*s", PATH_MAX - 10, folder, up * 3, "/../..");
		if (folder_sync(above) < 0) {
			diag_system("%s: can't be flushed", above);
			return -1;
		}
	}
	return 0;
}

static void late_path(const char *folder, const char *node, uint16_t day, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/late.%u%s%s", PATH_MAX - 100, folder, day, *node ? "." : "", node);
}

bool late_named(const char *name, const char *node, uint16_t *day)
{
	char path[PATH_MAX];
	unsigned n;
	if (sscanf(name, "late.%5u", &n) != 1 || n > UINT16_MAX)
		return false;
	*day = (uint16_t)n;
	late_path("", node, *day, path);
	return strcmp(path + 1, name) == 0;
}

enum job_found late_read(const char *folder, const char *node, struct late *late)
{
	char path[PATH_MAX], line[LINE_ROOM];
	late_path(folder, node, late->day, path);
	enum job_found found = line_read(path, line);
	if (found == JOB_ABSENT || (found == JOB_FOUND && sscanf(line, "%" SCNu64, &late->offset) == 1))
		return found;
	return unreadable(path, found);
}

static int late_put(const char *folder, const char *node, const struct late *late, bool new)
{
	char path[PATH_MAX], line[LINE_ROOM];
	late_path(folder, node, late->day, path);
	snprintf(line, sizeof line, "%" PRIu64 "\n", late->offset);
	return line_put(path, line, new);
}

int late_write(const char *folder, const char *node, const struct late *late)
{
	return late_put(folder, node, late, false);
}

void late_remove(const char *folder, const char *node, uint16_t day)
{
	char path[PATH_MAX];
	late_path(folder, node, day, path);
	if (unlink(path) < 0 && errno != ENOENT)
		diag_system("%s: can't be removed", path);
}

/* Tells how long a day's log is, and the day before's where that is asked for. */
static int sizes_read(const struct config *config, const struct form *form, uint16_t day, uint64_t *before, uint64_t *now)
{
	struct log log;
	log_begin(&log, config->data, form->name, config->node, false);
	if ((!before || log_day_size(&log, (uint16_t)(day - 1), before) == 0) && log_day_size(&log, day, now) == 0)
		return 0;
	diag_system("the log of \"%s\": nothing tells how long it is", form->name);
	return -1;
}

/*
 * A task that is new works on what comes from now on. Of several posts that find it new one makes the cursor, which then is never
 * set further by another: the first might have kept its line meanwhile.
 */
static int begin_now(const struct config *config, const struct form *form, const char *folder, time_t now)
{
	struct cursor cursor = {.day = (uint16_t)date_day(now), .fresh = true};
	if (sizes_read(config, form, cursor.day, &cursor.before, &cursor.now) < 0)
		return -1;
	if (folder_make(folder) < 0) {
		diag_system("%s: can't be made", folder);
		return -1;
	}
	return cursor_put(folder, config->node, &cursor, true) < 0 ? -1 : cursor_settle(folder, &cursor);
}

/* Tells whether the cursor is behind the end of a day's log, which then is not the file that it was, or lost lines. */
static int is_beyond(const struct config *config, const struct form *form, const struct cursor *cursor, uint16_t day,
	bool *beyond)
{
	uint64_t size, passed = day > cursor->day ? 0 : day == cursor->day ? cursor->now : cursor->before;
	if (passed && sizes_read(config, form, day, NULL, &size) < 0)
		return -1;
	*beyond = passed && size < passed;
	return 0;
}

/*
 * The cursor has passed this day, and does not go back: lines that were there are done. Those that come now are told of by a file
 * that the first of their posts makes; its name is flushed by each of them, which is dear, but a clock is seldom set back so far.
 */
static int begin_late(const struct config *config, const struct form *form, const char *folder, time_t now)
{
	struct late late = {.day = (uint16_t)date_day(now)};
	char path[PATH_MAX];
	late_path(folder, config->node, late.day, path);
	if (access(path, F_OK) < 0 &&
	    (sizes_read(config, form, late.day, NULL, &late.offset) < 0 || late_put(folder, config->node, &late, true) < 0))
		return -1;
	if (folder_sync(folder) == 0)
		return 0;
	diag_system("%s: can't be flushed", folder);
	return -1;
}

static int begin(const struct config *config, const struct form *form, const char *folder, time_t now)
{
	struct cursor cursor;
	bool beyond;
	switch (cursor_read(folder, config->node, &cursor)) {
	case JOB_ABSENT: return begin_now(config, form, folder, now);
	case JOB_UNREADABLE: return errno == EILSEQ || errno == EACCES ? 0 : -1; /* for somebody to mend: the task waits, no post */
	case JOB_FOUND: break;
	}
	if (cursor_settle(folder, &cursor) < 0 || is_beyond(config, form, &cursor, (uint16_t)date_day(now), &beyond) < 0)
		return -1;
	return beyond || date_day(now) + 1 < cursor.day ? begin_late(config, form, folder, now) : 0;
}

int cursor_begin(const struct config *config, const struct form *form, time_t now)
{
	char folder[PATH_MAX];
	const struct task *task;
	for (size_t i = 0; (task = config_form_task(config, form, i)); i++) {
		job_folder(config, form, task, folder);
		if (begin(config, form, folder, now) < 0)
			return -1;
	}
	return 0;
}
