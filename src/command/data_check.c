/* Trying the data folder: what a post does there is done there once. */
#include "command/data_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "command/data_report.h"
#include "config/exposure.h"
#include "keep/secret.h"

enum { TRIAL_BYTES = 8192, INODES_FEW = 1000, OTHERS_NAMED = 3 };

/* A check under way. */
struct check {
	struct data_report report;
	const char *folder; /* the data folder, or the one in which it would be made */
	struct stat owner;  /* of that folder */
	bool made;          /* the data folder is there */
	size_t others;      /* files of other owners that were found */
};

/* Returns the name of a user, or the number of one who has none. */
static const char *user_name(const struct check *check, uid_t user)
{
	const struct passwd *entry = getpwuid(user);
	return entry ? text_printed(check->report.faults->arena, "%s", entry->pw_name)
		     : text_printed(check->report.faults->arena, "user %lu", (unsigned long)user);
}

/* --- doing what a post does ---------------------------------------------------------------------------------------- */

/* Writes, flushes and locks a new file; says what can't be done, and returns false. */
static bool try_file(const struct check *check, int file, const char *path)
{
	char bytes[TRIAL_BYTES];
	memset(bytes, 'x', sizeof bytes);
	const char *failed = file_write(file, bytes, sizeof bytes) < 0 ? "written to"
		: file_flush(file) < 0                                 ? "flushed"
		: file_lock(file) < 0                                  ? "locked"
								       : NULL;
	if (failed)
		data_report_fault(&check->report, "%s: a new file can't be %s: %s", path, failed, strerror(errno));
	return !failed;
}

static void try_link(const struct check *check, const char *path)
{
	const char *other = text_printed(check->report.faults->arena, "%s.link", path);
	if (link(path, other) == 0) {
		if (unlink(other) < 0)
			data_report_fault(&check->report, "%s: can't be removed: %s", other, strerror(errno));
		return;
	}
	data_report_fault(&check->report,
		"%s: a hard link can't be made: %s; every post would be answered 503, so choose a file system that has "
		"hard links, such as ext4 or XFS (vfat and exfat have none)",
		check->folder, strerror(errno));
}

static void try_folder(const struct check *check)
{
	char *path = text_printed(check->report.faults->arena, "%s/.check.XXXXXX", check->folder);
	int file = mkstemp(path);
	if (file < 0) {
		data_report_fault(&check->report, "%s: a file can't be made there: %s", check->folder, strerror(errno));
		return;
	}
	bool fine = try_file(check, file, path);
	close(file);
	if (fine)
		try_link(check, path);
	if (unlink(path) < 0)
		data_report_fault(&check->report, "%s: can't be removed: %s", path, strerror(errno));
	else if (folder_sync(check->folder) < 0)
		data_report_fault(&check->report, "%s: the folder can't be flushed: %s", check->folder, strerror(errno));
}

/* Tries the folder as its owner if this is root, who could write there in any case. */
static void try_as_owner(const struct check *check)
{
	bool other = geteuid() == 0 && check->made && check->owner.st_uid != 0;
	if (other && (setegid(check->owner.st_gid) < 0 || seteuid(check->owner.st_uid) < 0)) {
		data_report_warning(
			&check->report, "can't be tried as its owner, %s: %s", user_name(check, check->owner.st_uid), strerror(errno));
		other = false;
	}
	try_folder(check);
	if (other && (seteuid(0) < 0 || setegid(0) < 0))
		exit(1);
}

/* --- looking ------------------------------------------------------------------------------------------------------- */

static void check_space(const struct check *check)
{
	struct statvfs disk;
	if (statvfs(check->folder, &disk) < 0)
		return;
	unsigned long long left = (unsigned long long)disk.f_bavail * disk.f_frsize, reserve = check->report.config->reserve;
	if (reserve && left < reserve)
		data_report_fault(&check->report, "%s: %llu bytes are free, and reserve is %llu: posts are answered 503", check->folder,
			left, reserve);
	if (disk.f_files && disk.f_favail == 0)
		data_report_fault(&check->report, "%s: the file system has no inodes left for new files", check->folder);
	else if (disk.f_files && disk.f_favail < INODES_FEW)
		data_report_warning(&check->report, "%s: the file system has %llu inodes left for new files", check->folder,
			(unsigned long long)disk.f_favail);
}

static void check_secret(const struct check *check)
{
	const char *path = text_printed(check->report.faults->arena, "%s/secret", check->report.config->data);
	struct stat status;
	if (stat(path, &status) < 0) {
		if (secret_is_lost(check->report.config->data))
			data_report_fault(&check->report,
				"%s is missing, but there are logs: restore it from a backup, or the addresses of all outcomes are lost; \"seeother new-secret\" makes another",
				path);
		else if (errno != ENOENT)
			data_report_fault(&check->report, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(status.st_mode) || status.st_size != SECRET_BYTES) {
		data_report_fault(&check->report, "%s has %lld bytes in place of %d: restore it from a backup", path,
			(long long)status.st_size, SECRET_BYTES);
	}
}

/* Names the first few files in a folder that don't belong to the data folder's owner. */
static void check_owner_of(struct check *check, const char *path, int depth)
{
	DIR *folder = opendir(path);
	for (const struct dirent *entry; folder && (entry = readdir(folder));) {
		struct stat status;
		const char *below = text_printed(check->report.faults->arena, "%s/%s", path, entry->d_name);
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || lstat(below, &status) < 0)
			continue;
		if (status.st_uid != check->owner.st_uid && check->others++ < OTHERS_NAMED)
			data_report_fault(&check->report,
				"%s belongs to %s, but the data folder to %s: chown it, or posts that need it are answered 503", below,
				user_name(check, status.st_uid), user_name(check, check->owner.st_uid));
		if (S_ISDIR(status.st_mode) && depth > 1)
			check_owner_of(check, below, depth - 1);
	}
	if (folder)
		closedir(folder);
}

/* Tells whether this is the folder's owner, or can act as it. */
static bool check_owner(const struct check *check)
{
	if (!check->made || geteuid() == 0 || geteuid() == check->owner.st_uid)
		return true;
	data_report_fault(&check->report, "%s belongs to %s and this is %s: run the check as the user that the web server runs seeother as",
		check->folder, user_name(check, check->owner.st_uid), user_name(check, geteuid()));
	return false;
}

void data_check(const struct config *config, struct text *faults, struct text *warnings)
{
	char folder[PATH_MAX];
	struct check check = {.report = {config, faults, warnings}, .folder = folder};
	const char *root = getenv("DOCUMENT_ROOT"), *exposed = root && *root ? exposure_find(config, root, false, faults->arena) : NULL;
	if (exposed) {
		text_format(faults, "%s: %s\n", config->file, exposed);
		return;
	}
	if (folder_try(config->data) < 0) {
		text_format(faults, "%s: [seeother] data: %s: %s\n", config->file, config->data, strerror(errno));
		return;
	}
	folder_nearest(config->data, folder);
	check.made = strcmp(folder, config->data) == 0;
	if (stat(check.folder, &check.owner) < 0 || !check_owner(&check))
		return;
	try_as_owner(&check);
	check_space(&check);
	if (check.made) {
		check_secret(&check);
		check_owner_of(&check, config->data, 2);
	}
}
