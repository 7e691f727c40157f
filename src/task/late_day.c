/*
 * In DATA/FORM/tasks/TASK/, beside the cursor:
 *
 *   late.DAY, late.DAY.NODE   an offset in the log of that day, in decimal
 *
 * The first post that comes too late for the cursor makes the file before it appends its line; afterwards only the worker writes it.
 */
#include "task/late_day.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/folder.h"
#include "task/task_file.h"

static void late_day_path(const char *folder, const char *node, uint16_t day, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/late.%u%s%s", PATH_MAX - 100, folder, day, *node ? "." : "", node);
}

bool late_day_named(const char *name, const char *node, uint16_t *day)
{
	char path[PATH_MAX];
	unsigned n;
	if (sscanf(name, "late.%5u", &n) != 1 || n > UINT16_MAX)
		return false;
	*day = (uint16_t)n;
	late_day_path("", node, *day, path);
	return strcmp(path + 1, name) == 0;
}

enum job_found late_day_read(const char *folder, const char *node, struct late_day *late)
{
	char path[PATH_MAX], line[TASK_FILE_LINE];
	late_day_path(folder, node, late->day, path);
	enum job_found found = task_file_read(path, line);
	if (found == JOB_ABSENT || (found == JOB_FOUND && sscanf(line, "%" SCNu64, &late->offset) == 1))
		return found;
	return task_file_unreadable(path, found);
}

static int write_late_day(const char *folder, const char *node, const struct late_day *late, bool new)
{
	char path[PATH_MAX], line[TASK_FILE_LINE];
	late_day_path(folder, node, late->day, path);
	snprintf(line, sizeof line, "%" PRIu64 "\n", late->offset);
	return task_file_write(path, line, new);
}

int late_day_write(const char *folder, const char *node, const struct late_day *late)
{
	return write_late_day(folder, node, late, false);
}

bool late_day_exists(const char *folder, const char *node, uint16_t day)
{
	char path[PATH_MAX];
	late_day_path(folder, node, day, path);
	return access(path, F_OK) == 0;
}

int late_day_make(const char *folder, const char *node, const struct late_day *late)
{
	if (!late_day_exists(folder, node, late->day) && write_late_day(folder, node, late, true) < 0)
		return -1;
	if (folder_sync(folder) == 0)
		return 0;
	diag_system("%s: can't be flushed", folder);
	return -1;
}

void late_day_remove(const char *folder, const char *node, uint16_t day)
{
	char path[PATH_MAX];
	late_day_path(folder, node, day, path);
	if (unlink(path) < 0 && errno != ENOENT)
		diag_system("%s: can't be removed", path);
}
