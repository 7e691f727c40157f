/*
 * DATA/FORM/claims/N holds the claims of a while, and in it "begun", a symlink whose text is the Unix time of its beginning; a folder
 * without it is not a generation yet. The next generation is begun by the first post that finds this one older than keys are remembered,
 * by steady time. So a clock that is ahead begins one too early at most, and no host ever works in one that others don't look at.
 *
 *   what may happen                            why no key is forgotten
 *   two hosts begin a generation at once       symlink succeeds for one of them; both go on with what it says
 *   a host dies before symlink                 the generation before is the newest still, and whoever finds it old begins the next
 *   "begun" is nonsense                        the generation counts as old, so the next one begins early; this one is looked at until
 *                                              that one is old too
 *   a process has slept, and its generation    generations are removed oldest first, each completely; so where N is there and N + 1 is
 *   was removed, as was the next               not, N + 1 was never begun. A process asks for N + 1 first and for N then
 *   a process has slept before symlink         it has looked for a newer one after mkdir
 */
#include "keep/generation.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/folder.h"
#include "base/number.h"
#include "base/span.h"
#include "keep/steady.h"

enum { FOLDER_MODE = 0750, NUMBER_MOST = 999999999 };

void generation_path(const struct log *log, uint64_t number, char path[PATH_MAX])
{
	log_folder(log, path);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, number ? "/claims/%" PRIu64 : "/claims", number);
}

static void begun_path(const struct log *log, uint64_t number, char path[PATH_MAX])
{
	generation_path(log, number, path);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, "/begun");
}

int generation_range(const struct log *log, uint64_t *oldest, uint64_t *newest)
{
	char path[PATH_MAX];
	uint64_t number;
	*oldest = *newest = 0;
	generation_path(log, 0, path);
	DIR *folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? 0 : -1;
	errno = 0; /* readdir gives NULL both at the end and on failure; only errno differs */
	for (struct dirent *entry; (entry = readdir(folder)); errno = 0) {
		if (*entry->d_name == '0' || !number_read(entry->d_name, NUMBER_MOST, &number) || !number)
			continue;
		*oldest = *oldest && *oldest < number ? *oldest : number;
		*newest = *newest > number ? *newest : number;
	}
	int reason = errno;
	closedir(folder);
	errno = reason;
	return reason ? -1 : 0;
}

int generation_begun(const struct log *log, uint64_t number, time_t *begun)
{
	char path[PATH_MAX], text[32];
	uint64_t at;
	*begun = 0;
	begun_path(log, number, path);
	ssize_t n = readlink(path, text, sizeof text - 1);
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0 && errno != EINVAL) /* EINVAL: something else has its name */
		return -1;
	text[n < 0 ? 0 : n] = '\0';
	if (number_read(text, INT64_MAX / 2, &at))
		*begun = (time_t)at;
	return 1;
}

/* Begins a generation, unless somebody has; a newer one that is there by now takes its place. The names are durable then. */
static int begin_generation(struct generation *generation, const struct log *log, uint64_t number, time_t now)
{
	char path[PATH_MAX], above[PATH_MAX], begun[PATH_MAX], text[32];
	uint64_t oldest, newest;
	time_t since;
	generation_path(log, number, path);
	generation_path(log, 0, above);
	begun_path(log, number, begun);
	snprintf(text, sizeof text, "%lld", (long long)now);
	bool made = mkdir(path, FOLDER_MODE) == 0;
	if (!made && errno == ENOENT && folder_make(above) == 0)
		made = mkdir(path, FOLDER_MODE) == 0;
	if ((!made && errno != EEXIST) || generation_range(log, &oldest, &newest) < 0)
		return -1;
	int newer = newest > number ? generation_begun(log, newest, &since) : 0;
	if (newer < 0)
		return -1;
	if (newer) {
		rmdir(path); /* fails if it is not empty, which is fine */
		*generation = (struct generation){newest, since};
		return 0;
	}
	if ((symlink(text, begun) < 0 && errno != EEXIST) || generation_begun(log, number, &since) < 0)
		return -1;
	*generation = (struct generation){number, since};
	return log->durable && (folder_sync(path) < 0 || folder_sync(above) < 0) ? -1 : 0;
}

int generation_renew(struct generation *generation, const struct log *log, time_t now)
{
	uint64_t oldest, newest;
	*generation = (struct generation){0};
	if (generation_range(log, &oldest, &newest) < 0)
		return -1;
	int begun = newest ? generation_begun(log, newest, &generation->begun) : 0;
	if (begun == 0 && newest > 1) /* its maker is about to begin it, or has died */
		begun = generation_begun(log, --newest, &generation->begun);
	generation->number = newest;
	return begun ? (begun < 0 ? -1 : 0) : begin_generation(generation, log, newest ? newest : 1, now);
}

int generation_keep_up(struct generation *generation, const struct log *log, uint64_t seconds, time_t now)
{
	uint64_t lasts = seconds > GENERATION_LEAST ? seconds : GENERATION_LEAST;
	if (!generation->number && generation_renew(generation, log, now) < 0)
		return -1;
	if (!steady_has_passed(log->data, log->node, generation->begun, lasts, now))
		return 0;
	if (generation_renew(generation, log, now) < 0) /* another host may have begun it, and may have removed this one since */
		return -1;
	if (!steady_has_passed(log->data, log->node, generation->begun, lasts, now))
		return 0;
	return begin_generation(generation, log, generation->number + 1, now);
}

int generation_sealed(const struct log *log, uint64_t number)
{
	char path[PATH_MAX];
	struct stat status;
	begun_path(log, number + 1, path);
	if (lstat(path, &status) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}

/* --- removal ------------------------------------------------------------------------------------------------------- */

/* Removes a folder with what is in it, two levels deep at the most; 1 if the time is up. */
static int remove_below(const char *path, int depth, int64_t end)
{
	char below[PATH_MAX + NAME_MAX + 2];
	DIR *folder = opendir(path);
	int failed = !folder && errno != ENOENT ? -1 : 0;
	for (struct dirent *entry; folder && !failed && (entry = readdir(folder));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
		if (unlink(below) < 0 && errno != ENOENT)
			failed = (errno == EISDIR || errno == EPERM) && depth && strlen(below) < PATH_MAX
				? remove_below(below, depth - 1, end)
				: -1;
		failed = failed ? failed : date_uptime() > end;
	}
	if (folder)
		closedir(folder);
	return failed ? failed : rmdir(path) < 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST ? -1 : 0;
}

int generation_remove(const struct log *log, uint64_t last, int64_t budget)
{
	int64_t end = date_uptime() + budget;
	char path[PATH_MAX];
	uint64_t oldest, newest;
	for (;;) {
		if (generation_range(log, &oldest, &newest) < 0)
			return -1;
		if (!oldest || oldest > last || oldest >= newest)
			return 0;
		generation_path(log, oldest, path);
		int ended = remove_below(path, 1, end);
		if (ended || date_uptime() > end)
			return ended < 0 ? -1 : 1;
	}
}
