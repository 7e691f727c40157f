/*
 * DATA/FORM/claims/N holds the claims of a while, and in it "begun", a symlink with the text TIME.SECONDS.FIRST: the Unix time of its
 * beginning, how long keys are remembered by the host that began it, and the first generation since claims were lost. A folder without it is
 * not a generation yet.
 *
 * A key is looked for in the newest generation and in the one before. So the next one may be begun once all keys of the one before are
 * forgotten: by the first post that finds this one older than keys are remembered, by itself and in the one before, in steady time. A host
 * that remembers keys for longer says so in "lasts", a symlink with the text SECONDS, before its first claim; "lasts.1" and so on follow, each with
 * more. A clock that is ahead begins one too early at most, and no host ever works in one that others don't look at.
 *
 *   what may happen                            why no key is forgotten
 *   two hosts begin a generation at once       put_link succeeds for one of them; both go on with what it says
 *   a host dies before put_link                the generation before is the newest still, and whoever finds it old begins the next
 *   "begun" is nonsense                        the generation counts as old, so the next one begins early; this one is looked at until
 *                                              that one is old too
 *   a process has slept, and its generation    generations are removed oldest first, each completely; so where N is there and N + 1 is
 *   was removed, as was the next               not, N + 1 was never begun. A process asks for N + 1 first and for N then
 *   a process has slept before put_link        it has looked for a newer one after mkdir
 *   hosts remember keys for different times    a claim with a longer time comes after "lasts"; where that came after the look of whoever begins
 *                                              the next one, its host finds the generation sealed, and claims the key in the next one too
 *   the power fails                            the folder's name is durable before "begun" is there
 *   somebody removes the folder of all claims  the next generation has a number higher than any that a node has put down, and tells that it
 *                                              is the first (decided.c)
 */
#include "keep/generation.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/folder.h"
#include "base/number.h"
#include "base/put.h"
#include "keep/decided_file.h"
#include "keep/steady.h"

enum { FOLDER_MODE = 0750, NUMBER_MOST = 999999999, TEXT_MOST = 80, LASTS_MOST = 100 };

void generation_path(const struct log *log, uint64_t number, char path[PATH_MAX])
{
	log_folder(log, path);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, number ? "/claims/%" PRIu64 : "/claims", number);
}

void generation_release(struct log *log)
{
	held_folder_end(&log->claims);
}

void generation_hold(struct log *log, uint64_t number)
{
	char path[PATH_MAX];
	if (log->generation != number)
		generation_release(log);
	log->generation = number;
	generation_path(log, number, path);
	held_folder_keep(&log->claims, path);
}

int generation_at(const struct log *log, uint64_t number, char path[PATH_MAX])
{
	if (log->claims.at < 0)
		generation_path(log, number, path);
	else if (log->generation == number)
		strcpy(path, ".");
	else
		snprintf(path, PATH_MAX, "../%" PRIu64, number);
	return log->claims.at < 0 ? AT_FDCWD : log->claims.at;
}

/* Writes the path of a name in a generation's folder. */
static void name_path(const struct log *log, uint64_t number, const char *name, char path[PATH_MAX])
{
	generation_path(log, number, path);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, "/%s", name);
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

/* Reads a symlink in a generation's folder: 1, also where something else has its name, with "" for the text; 0 if it isn't there, or -1 and errno. */
static int read_link(const struct log *log, uint64_t number, const char *name, char text[TEXT_MOST])
{
	char path[PATH_MAX];
	name_path(log, number, name, path);
	ssize_t n = readlink(path, text, TEXT_MOST - 1);
	text[n > 0 ? n : 0] = '\0';
	return n >= 0 || errno == EINVAL ? 1 : errno == ENOENT ? 0 : -1;
}

/* Reads a number up to a point or the end, and gives where the next begins; the number is 0 if anything else stands there. */
static char *next_number(char *text, uint64_t *number)
{
	size_t n = strcspn(text, ".");
	char *next = text[n] ? text + n + 1 : text + n;
	text[n] = '\0';
	if (!number_read(text, INT64_MAX / 2, number))
		*number = 0;
	return next;
}

/* Reads what a generation tells of itself, 0 for what it doesn't tell: 1, 0 if it was not begun, or -1 and errno. */
static int read_generation(struct generation *generation, const struct log *log, uint64_t number)
{
	char text[TEXT_MOST];
	uint64_t begun;
	*generation = (struct generation){.number = number};
	int found = read_link(log, number, "begun", text);
	next_number(next_number(next_number(text, &begun), &generation->lasts), &generation->first);
	generation->begun = (time_t)begun;
	return found;
}

/* Gives the highest number of a generation that a node has put down. */
static int take_highest(void *context, const char *node, const struct decided *decided)
{
	uint64_t *highest = context;
	(void)node;
	*highest = decided->generation > *highest ? decided->generation : *highest;
	return 0;
}

/*
 * Begins a generation, unless somebody has; a newer one that is there by now takes its place. What it tells of itself is what the generation
 * has, if nobody was faster. The names are durable then.
 */
static int begin_generation(struct generation *generation, const struct log *log)
{
	char path[PATH_MAX], above[PATH_MAX], begun[PATH_MAX], text[TEXT_MOST];
	uint64_t oldest, newest, number = generation->number;
	generation_path(log, number, path);
	generation_path(log, 0, above);
	name_path(log, number, "begun", begun);
	snprintf(text, sizeof text, "%lld.%" PRIu64 ".%" PRIu64, (long long)generation->begun, generation->lasts, generation->first);
	bool made = mkdir(path, FOLDER_MODE) == 0;
	if (!made && errno == ENOENT && folder_make(above) == 0)
		made = mkdir(path, FOLDER_MODE) == 0;
	if ((!made && errno != EEXIST) || generation_range(log, &oldest, &newest) < 0)
		return -1;
	int newer = newest > number ? read_generation(generation, log, newest) : 0;
	if (newer) {
		rmdir(path); /* fails if it is not empty, which is fine */
		return newer < 0 ? -1 : 0;
	}
	if ((log->durable && folder_sync(above) < 0) || (put_link(AT_FDCWD, begun, text, true) < 0 && errno != EEXIST) ||
		read_generation(generation, log, number) < 0)
		return -1;
	return log->durable ? folder_sync(path) : 0;
}

/* Does what generation_renew says; if it makes the first, keys are remembered for so many seconds. */
static int renew(struct generation *generation, const struct log *log, uint64_t seconds, time_t now)
{
	uint64_t oldest, newest;
	*generation = (struct generation){0};
	if (generation_range(log, &oldest, &newest) < 0)
		return -1;
	int begun = newest ? read_generation(generation, log, newest) : 0;
	if (begun == 0 && newest > oldest) /* its maker is about to begin it, or has died */
		begun = read_generation(generation, log, --newest);
	if (begun)
		return begun < 0 ? -1 : 0;
	if (!newest && decided_file_each(log, take_highest, &newest) < 0)
		return -1;
	uint64_t number = oldest ? newest : newest + 1;
	*generation = (struct generation){number, now, seconds, number};
	return begin_generation(generation, log);
}

int generation_renew(struct generation *generation, const struct log *log, time_t now)
{
	return renew(generation, log, 0, now);
}

/* Writes the name of a "lasts". */
static void lasts_name(char name[TEXT_MOST], unsigned n)
{
	snprintf(name, TEXT_MOST, n ? "lasts.%u" : "lasts", n);
}

/*
 * Reads for how many seconds keys of a generation are remembered, beyond what is known of it, until it finds enough. Gives how many "lasts"
 * it has read, or -1 and errno.
 */
static int read_lasts(struct generation *generation, const struct log *log, uint64_t enough)
{
	char name[TEXT_MOST], text[TEXT_MOST];
	uint64_t lasts;
	int found = 1, n = 0;
	while (generation->lasts < enough && n < LASTS_MOST) {
		lasts_name(name, (unsigned)n);
		found = read_link(log, generation->number, name, text);
		if (found <= 0)
			break;
		next_number(text, &lasts);
		generation->lasts = lasts > generation->lasts ? lasts : generation->lasts;
		n++;
	}
	return found < 0 ? -1 : n;
}

int generation_extend(struct generation *generation, const struct log *log, uint64_t seconds)
{
	char path[PATH_MAX], name[TEXT_MOST], text[TEXT_MOST];
	while (generation->lasts < seconds) {
		int n = read_lasts(generation, log, seconds);
		if (n < 0 || n == LASTS_MOST)
			return errno = n < 0 ? errno : EOVERFLOW, -1;
		if (generation->lasts >= seconds)
			break;
		lasts_name(name, (unsigned)n);
		name_path(log, generation->number, name, path);
		snprintf(text, sizeof text, "%" PRIu64, seconds);
		if (put_link(AT_FDCWD, path, text, true) == 0) {
			generation->lasts = seconds;
			generation_path(log, generation->number, path);
			return log->durable && folder_sync(path) < 0 && errno != ENOENT ? -1 : 0;
		}
		if (errno == ENOENT)
			return 0; /* the generation is gone, which whoever puts the claim will find */
		if (errno != EEXIST)
			return -1;
	}
	return 0;
}

/* Tells whether the next generation may be begun: 1 or 0, or -1 and errno. */
static int may_begin_next(const struct generation *generation, const struct log *log, uint64_t seconds, time_t now)
{
	struct generation before;
	uint64_t lasts = seconds > GENERATION_LEAST ? seconds : GENERATION_LEAST;
	if (!steady_has_passed(log->data, log->node, generation->begun, lasts, now))
		return 0;
	if (generation->number == 1)
		return 1;
	if (read_generation(&before, log, generation->number - 1) < 0 || read_lasts(&before, log, UINT64_MAX) < 0)
		return -1;
	return before.lasts <= lasts || steady_has_passed(log->data, log->node, generation->begun, before.lasts, now);
}

int generation_keep_up(struct generation *generation, const struct log *log, uint64_t seconds, time_t now)
{
	if (!generation->number && renew(generation, log, seconds, now) < 0)
		return -1;
	int over = may_begin_next(generation, log, seconds, now);
	if (over <= 0)
		return over;
	if (renew(generation, log, seconds, now) < 0) /* another host may have begun it, and may have removed this one since */
		return -1;
	over = may_begin_next(generation, log, seconds, now);
	if (over <= 0)
		return over;
	*generation = (struct generation){generation->number + 1, now, seconds, generation->first};
	return begin_generation(generation, log);
}

int generation_sealed(const struct log *log, uint64_t number)
{
	char path[PATH_MAX];
	struct stat status;
	int at = generation_at(log, number + 1, path), failed = -1;
	if (at != AT_FDCWD) {
		strcat(path, "/begun");
		failed = fstatat(at, path, &status, AT_SYMLINK_NOFOLLOW);
	}
	if (at == AT_FDCWD || (failed && errno != ENOENT)) { /* none is held, or the one that is may be gone */
		name_path(log, number + 1, "begun", path);
		failed = lstat(path, &status);
	}
	if (!failed)
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
