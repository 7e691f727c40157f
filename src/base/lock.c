/* flock on a folder is handled by the kernel for every file system, so it works among the processes of one host. */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"

void lock_begin(struct lock *lock)
{
	*lock = (struct lock){.folder = -1};
}

void lock_end(struct lock *lock)
{
	if (lock->folder >= 0)
		close(lock->folder);
	lock->folder = -1;
}

void lock_drop(struct lock *lock)
{
	if (lock->folder >= 0)
		flock(lock->folder, LOCK_UN);
}

static int open_folder(struct lock *lock, const char *path)
{
	struct stat status;
	lock->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock->folder < 0 && errno == ENOENT && folder_make(path) == 0)
		lock->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock->folder < 0 || fstat(lock->folder, &status) < 0)
		return -1;
	lock->device = status.st_dev;
	lock->inode = status.st_ino;
	return 0;
}

int lock_take(struct lock *lock, const char *path)
{
	enum { TRIES = 100 };
	struct stat status;
	for (int i = 0; i < TRIES; i++) {
		if ((lock->folder < 0 && open_folder(lock, path) < 0) || file_lock(lock->folder) < 0)
			return -1;
		if (stat(path, &status) == 0 && status.st_dev == lock->device && status.st_ino == lock->inode)
			return 0;
		lock_end(lock); /* the folder was moved or removed since it was opened */
	}
	errno = EAGAIN;
	return -1;
}
