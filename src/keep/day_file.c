/*
 * Whoever has waited for the lock looks whether the file still has its name, since the day may have been set aside meanwhile.
 *
 * On a network file system, processes that wait there for a lock keep others from it for many round trips. So those of one host wait for
 * their turn at a file of their own.
 */
#define _GNU_SOURCE /* O_NOATIME */
#include "keep/day_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"

enum { FILE_MODE = 0640 };

void day_file_begin(struct day_file *file)
{
	*file = (struct day_file){.descriptor = -1, .turn = -1};
	held_folder_begin(&file->folder);
}

void day_file_close(struct day_file *file)
{
	file_close(file->descriptor); /* its result doesn't matter: what was acknowledged is flushed */
	file_close(file->turn);
	file->descriptor = file->turn = -1;
}

void day_file_end(struct day_file *file)
{
	day_file_close(file);
	held_folder_end(&file->folder);
}

/* Reading the last byte need not update the access time; only the file's owner may ask for that. */
static int open_to_append(const char *path)
{
	enum { FLAGS = O_RDWR | O_CREAT | O_CLOEXEC };
	int descriptor = open(path, FLAGS | O_NOATIME, FILE_MODE);
	return descriptor < 0 && errno == EPERM ? open(path, FLAGS, FILE_MODE) : descriptor;
}

/* Writes the path of the folder that a file is in. */
static void folder_of(const char *path, char folder[PATH_MAX])
{
	snprintf(folder, PATH_MAX, "%.*s", (int)(strrchr(path, '/') - path), path);
}

static int open_file(struct day_file *file, const struct day_place *place)
{
	struct stat status;
	char folder[PATH_MAX];
	day_file_close(file);
	file->day = place->day;
	file->descriptor = open_to_append(place->path);
	if (file->descriptor < 0 && errno == ENOENT) {
		folder_of(place->path, folder);
		if (folder_make(folder) == 0)
			file->descriptor = open_to_append(place->path);
	}
	if (file->descriptor < 0 || fstat(file->descriptor, &status) < 0)
		return -1;
	file->device = status.st_dev;
	file->inode = status.st_ino;
	if (place->turn) /* without it, the lock of the file itself is taken at once */
		file->turn = open(place->turn, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	return 0;
}

static int take_locks(struct day_file *file)
{
	if (file->turn >= 0 && file_lock(file->turn) < 0)
		return -1;
	return file_lock(file->descriptor);
}

void day_file_unlock(struct day_file *file)
{
	flock(file->descriptor, LOCK_UN);
	if (file->turn >= 0)
		flock(file->turn, LOCK_UN);
}

/* Looks up the name of the file, in its folder if that is held. */
static int look_up(const struct day_file *file, const char *path, struct stat *status)
{
	return file->folder.at < 0 ? stat(path, status) : fstatat(file->folder.at, strrchr(path, '/') + 1, status, 0);
}

int day_file_lock(struct day_file *file, const struct day_place *place, off_t *size)
{
	enum { TRIES = 100 };
	struct stat status;
	char folder[PATH_MAX];
	int opened = 0;
	for (int i = 0; i < TRIES; i++) {
		if (place->shared) {
			folder_of(place->path, folder);
			held_folder_keep(&file->folder, folder);
		}
		if (file->descriptor < 0 || file->day != place->day) {
			opened = 1;
			if (open_file(file, place) < 0)
				return -1;
		}
		if (take_locks(file) < 0)
			return -1;
		if (look_up(file, place->path, &status) == 0 && status.st_dev == file->device && status.st_ino == file->inode) {
			*size = status.st_size;
			return opened;
		}
		day_file_end(file);
	}
	errno = EAGAIN;
	return -1;
}

int day_file_lock_again(struct day_file *file, off_t *size)
{
	struct stat status;
	if (take_locks(file) < 0 || fstat(file->descriptor, &status) < 0)
		return -1;
	*size = status.st_size;
	return 0;
}
