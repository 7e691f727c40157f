/* The lock is held by a descriptor, so it goes with the worker however it ends. The time of the file tells when one began last. */
#include "task/worker_lock.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"

enum { FILE_MODE = 0640 };

static void lock_path(const struct config *config, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/worker%s%s", config->data, *config->node ? "." : "", config->node);
}

int worker_lock_take(const struct config *config)
{
	char path[PATH_MAX];
	lock_path(config, path);
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0)
		return file;
	file_close(file);
	return -1;
}

bool worker_lock_valid(int lock, const struct config *config)
{
	char path[PATH_MAX];
	struct stat held, there;
	lock_path(config, path);
	return fstat(lock, &held) < 0 || stat(path, &there) < 0 || (held.st_dev == there.st_dev && held.st_ino == there.st_ino);
}

void worker_lock_mark(int lock)
{
	if (futimens(lock, NULL) < 0)
		diag_system("worker: can't set the time of the lock, so a worker is started more often than once a day");
}

bool worker_lock_due(const struct config *config)
{
	char path[PATH_MAX];
	struct stat status;
	lock_path(config, path);
	time_t now = time(NULL);
	return stat(path, &status) < 0 || date_day(status.st_mtime) != date_day(now) || status.st_mtime > now ||
		status.st_mtime < now - date_since_boot();
}
