/*
 * The free space is asked of the file system once a second while there is plenty, else for every post. What a form's folder holds is
 * measured once a minute and noted in DATA/FORM/usage, to which each post that is kept is added, so that a post doesn't cost a walk
 * through all uploads. The file DATA/low is there while the disk is low, and says to other processes that the log knows of it. Both
 * may be deleted at any time.
 */
#include "keep/space.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/tree.h"

enum { MEASURE_SECONDS = 60, MODE = 0640 };

#define PLENTY (UINT64_C(1) << 30) /* bytes beyond the reserve; less can hardly be gone within a second */

/* What DATA/FORM/usage holds. */
struct usage {
	uint64_t bytes;
	int64_t measured;  /* seconds since 1970 */
	uint64_t reported; /* not 0: the log knows that the quota is reached */
};

/* Measures the data folder's file system; false if that can't be done, as before the folder is there. */
static bool measure_disk(const char *data, struct statvfs *disk)
{
	int folder = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool known = folder >= 0 && fstatvfs(folder, disk) == 0 && disk->f_blocks > 0; /* 0 as with ramfs: it has no bound */
	file_close(folder);
	return known;
}

static uint64_t free_bytes(const struct statvfs *disk)
{
	return (uint64_t)disk->f_bavail * disk->f_frsize;
}

/* Notes that the disk is low, and logs it unless a process has done so before. */
static void report_low(const struct config *config, const char *note, uint64_t left)
{
	int file = open(note, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, MODE);
	if (file >= 0 || errno != EEXIST)
		diag_error("%s: %ju bytes are free, and \"reserve\" keeps %ju; posts are answered 503 until there is room again",
			config->data, (uintmax_t)left, (uintmax_t)config->reserve);
	if (file >= 0)
		close(file);
}

static bool disk_allows(const struct config *config, uint64_t bytes)
{
	static int64_t plenty_until; /* as date_uptime counts */
	char note[PATH_MAX];
	struct statvfs disk;
	if (!config->reserve || (bytes < PLENTY / 2 && date_uptime() < plenty_until) || !measure_disk(config->data, &disk))
		return true;
	uint64_t left = free_bytes(&disk);
	snprintf(note, sizeof note, "%s/low", config->data);
	if (left >= config->reserve && left - config->reserve >= bytes) {
		if (left - config->reserve >= PLENTY)
			plenty_until = date_uptime() + DATE_SECOND;
		if (access(note, F_OK) == 0) /* unlink alone would lock the folder for each post */
			unlink(note);
		return true;
	}
	report_low(config, note, left);
	return false;
}

enum space_state space_look(const struct config *config)
{
	struct statvfs disk;
	if (!measure_disk(config->data, &disk))
		return SPACE_ENOUGH;
	if (disk.f_files > 0 && disk.f_favail == 0)
		return SPACE_NO_INODES;
	return free_bytes(&disk) > 0 && free_bytes(&disk) >= config->reserve ? SPACE_ENOUGH : SPACE_LOW;
}

static int add_bytes(void *context, const char *path, const struct stat *status)
{
	uint64_t *bytes = context;
	(void)path;
	if (S_ISREG(status->st_mode))
		*bytes += (uint64_t)status->st_size;
	return TREE_ON;
}

/* Opens DATA/FORM/usage, locks it and reads it; -1 and errno on failure, ENOENT if nothing was kept for the form yet. */
static int open_usage(const char *folder, struct usage *usage)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/usage", folder);
	int file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, MODE);
	if (file < 0)
		return -1;
	if (file_lock(file) < 0) {
		file_close(file);
		return -1;
	}
	if (pread(file, usage, sizeof *usage, 0) != (ssize_t)sizeof *usage)
		*usage = (struct usage){.measured = 0};
	return file;
}

/* Measures what a form's folder holds if that is older than a minute. */
static void measure_usage(const char *folder, struct usage *usage)
{
	time_t now = time(NULL);
	if (usage->measured <= now && now < usage->measured + MEASURE_SECONDS)
		return;
	usage->bytes = 0;
	usage->measured = now;
	tree_each(folder, add_bytes, &usage->bytes);
}

/* Writes what a form's folder holds, and releases the lock. */
static void close_usage(int file, const char *folder, const struct usage *usage)
{
	if (pwrite(file, usage, sizeof *usage, 0) != (ssize_t)sizeof *usage)
		diag_system("%s/usage: write failed; the folder is measured again for the next post", folder);
	close(file);
}

/* Tells whether a post fits the quota before it is read, or, if take is set, adds one that is about to be kept. */
static bool quota_allows(const struct config *config, const struct form *form, uint64_t bytes, bool take)
{
	char folder[PATH_MAX - 16];
	struct usage usage;
	if (!form->quota)
		return true;
	snprintf(folder, sizeof folder, "%s/%s", config->data, form->name);
	int file = open_usage(folder, &usage);
	if (file < 0 && errno == ENOENT)
		return bytes <= form->quota;
	if (file < 0) {
		diag_system("%s/usage: can't be opened and locked; the post was answered 503", folder);
		return false;
	}
	if (!take) /* later, the post's own files would be measured with the others and then added */
		measure_usage(folder, &usage);
	bool allowed = usage.bytes <= form->quota && bytes <= form->quota - usage.bytes;
	if (!allowed && !usage.reported)
		diag_error("%s: holds %ju bytes, and \"quota\" allows %ju; posts that don't fit are answered 503", folder,
			(uintmax_t)usage.bytes, (uintmax_t)form->quota);
	if (!allowed || take)
		usage.reported = !allowed;
	usage.bytes += allowed && take ? bytes : 0;
	close_usage(file, folder, &usage);
	return allowed;
}

bool space_allows(const struct config *config, const struct form *form, uint64_t bytes)
{
	return disk_allows(config, bytes) && quota_allows(config, form, bytes, false);
}

bool space_take(const struct config *config, const struct form *form, uint64_t bytes)
{
	return disk_allows(config, 0) && quota_allows(config, form, bytes, true);
}

void space_give_back(const struct config *config, const struct form *form, uint64_t bytes)
{
	char folder[PATH_MAX - 16];
	struct usage usage;
	if (!form->quota)
		return;
	snprintf(folder, sizeof folder, "%s/%s", config->data, form->name);
	int file = open_usage(folder, &usage);
	if (file < 0)
		return; /* it is measured again within a minute */
	usage.bytes -= usage.bytes < bytes ? usage.bytes : bytes;
	close_usage(file, folder, &usage);
}
