/* Cleans up files/incoming; upload.c lists the states of a file. A file is removed only if all logs were read and none names it. */
#define _GNU_SOURCE /* memmem, which POSIX has only since 2024 */
#include "keep/upload_cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"

/* Whether a line names a file; unknown if a log can't be read. */
enum mention { MENTION_NONE, MENTION_FOUND, MENTION_UNKNOWN };

/* Looks for a line that names the file, and gives the day in its path there. */
static enum mention find_in_log(const char *path, const char *name, char day[DATE_DAY])
{
	char chunk[64 * 1024];
	size_t held = 0, n = strlen(name), before = DATE_DAY; /* "YYYY-MM-DD/" comes before the name */
	const char *found = NULL;
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;
	while (file >= 0 && !found && (got = read(file, chunk + held, sizeof chunk - held)) > 0) {
		size_t have = held + (size_t)got;
		found = have > before ? memmem(chunk + before, have - before, name, n) : NULL;
		if (found)
			snprintf(day, DATE_DAY, "%.*s", DATE_DAY - 1, found - before);
		held = have < n + before ? have : n + before - 1;
		memmove(chunk, chunk + have - held, held);
	}
	file_close(file);
	if (found && date_day_valid(day))
		return MENTION_FOUND;
	return found || got < 0 ? MENTION_UNKNOWN : MENTION_NONE;
}

/* Looks through the logs of one day. */
static enum mention find_in_day(const char *folder, const char *written, const char *name, char day[DATE_DAY])
{
	char path[PATH_MAX];
	enum mention mention = MENTION_NONE;
	DIR *logs = opendir(folder);
	errno = 0; /* readdir gives NULL both at the end and on failure; only errno differs */
	for (struct dirent *entry; logs && !mention && (entry = readdir(logs)); errno = 0)
		if (strncmp(entry->d_name, written, DATE_DAY - 1) == 0) {
			bool fits = (size_t)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < sizeof path;
			mention = fits ? find_in_log(path, name, day) : MENTION_UNKNOWN;
		}
	if (!mention && (!logs || errno))
		mention = MENTION_UNKNOWN;
	if (logs)
		closedir(logs);
	return mention;
}

/*
 * Gives the day in the path by which a line names the file. The line was written on the day of the file's last change or the next
 * one, or the day before if the file system's clock is ahead.
 */
static enum mention day_of(const char *folder, const char *name, time_t changed, char day[DATE_DAY])
{
	char written[DATE_DAY];
	enum mention mention = MENTION_NONE;
	for (int later = -1; !mention && later < 2; later++) {
		date_day_write(written, date_day(changed) + later);
		mention = find_in_day(folder, written, name, day);
	}
	return mention;
}

/* Moves a leftover file to the path that a line gives it, or removes it if no line names it. */
static void settle_leftover(const char *form, const char *path, const char *name)
{
	char folder[PATH_MAX], to[PATH_MAX], day[DATE_DAY];
	struct stat status;
	if (!file_is_left_over(path, &status))
		return;
	switch (day_of(form, name, status.st_mtime, day)) {
	case MENTION_NONE:
		if (file_is_left_over(path, &status)) /* a post that is still running would have renewed its time */
			unlink(path);
		return;
	case MENTION_UNKNOWN: diag_system("%s: left there, since the logs can't be read", path); return;
	case MENTION_FOUND: break;
	}
	snprintf(folder, sizeof folder, "%s/files/%s", form, day);
	if ((size_t)snprintf(to, sizeof to, "%s/%s", folder, name) < sizeof to && folder_make(folder) == 0)
		rename(path, to); /* on failure the next cleanup tries again; readers look in both folders */
}

void upload_cleanup(const char *form)
{
	char incoming[PATH_MAX - 300], path[PATH_MAX];
	snprintf(incoming, sizeof incoming, "%s/files/incoming", form);
	DIR *folder = opendir(incoming);
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		snprintf(path, sizeof path, "%s/%s", incoming, entry->d_name);
		if (entry->d_name[0] != '.')
			settle_leftover(form, path, entry->d_name);
	}
	if (folder)
		closedir(folder);
}
