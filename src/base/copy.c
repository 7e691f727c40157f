/*
 * Hard links would be quicker, but an erasure overwrites a file where it lies, and so would destroy the copy as well. Shared blocks
 * (reflinks, as Btrfs and XFS have them) part when either file is written to.
 */
#define _GNU_SOURCE /* syncfs */
#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h> /* FICLONE */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"

enum { PIECE = 256 * 1024 };

/* Copies what is in one open file to another by reading and writing it. */
static int copy_bytes(int from, int to)
{
	char *piece = malloc(PIECE);
	ssize_t n = piece ? 1 : -1;
	while (n > 0) {
		n = read(from, piece, PIECE);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0 && file_write(to, piece, (size_t)n) < 0)
			n = -1;
	}
	free(piece);
	return n < 0 ? -1 : 0;
}

/* Gives where the last whole line of an open file ends. */
static off_t end_of_lines(int file, off_t end)
{
	char piece[4096];
	while (end > 0) {
		off_t begin = end > (off_t)sizeof piece ? end - (off_t)sizeof piece : 0;
		if (pread(file, piece, (size_t)(end - begin), begin) != end - begin)
			return -1;
		for (; end > begin; end--)
			if (piece[end - begin - 1] == '\n')
				return end;
	}
	return 0;
}

static int cut_tail(int file)
{
	struct stat status;
	off_t end = fstat(file, &status) < 0 ? -1 : end_of_lines(file, status.st_size);
	return end < 0 || (end < status.st_size && ftruncate(file, end) < 0) ? -1 : 0;
}

static int set_rights(int file, const struct copy_rights *rights)
{
	return (rights->give && fchown(file, rights->owner, rights->group) < 0) || fchmod(file, rights->mode) < 0 ? -1 : 0;
}

/* Makes one open file a copy of another, whose status was read before. */
static int fill_copy(int from, const struct stat *status, int to, const struct copy_rights *rights, bool lines, uint64_t *bytes)
{
	const struct timespec times[2] = {status->st_atim, status->st_mtim};
	struct stat copied;
	if ((ioctl(to, FICLONE, from) < 0 && copy_bytes(from, to) < 0) || (lines && cut_tail(to) < 0))
		return -1;
	if (fstat(to, &copied) < 0 || set_rights(to, rights) < 0)
		return -1;
	*bytes += (uint64_t)copied.st_size;
	return futimens(to, times);
}

int copy_file(const char *from, const char *to, const struct copy_rights *rights, bool lines, uint64_t *bytes)
{
	struct stat status;
	int source = open(from, O_RDONLY | O_CLOEXEC);
	if (source < 0)
		return -1;
	int copy = fstat(source, &status) < 0 ? -1 : open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int failed = copy < 0 || fill_copy(source, &status, copy, rights, lines, bytes) < 0;
	file_close(source);
	if (copy >= 0 && failed)
		file_close(copy);
	else if (copy >= 0)
		failed = close(copy);
	return failed ? -1 : 0;
}

int copy_folder(const char *path, const struct copy_rights *rights)
{
	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 : -1;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed = folder < 0 || set_rights(folder, rights) < 0;
	file_close(folder);
	return failed ? -1 : 0;
}

int copy_flush(const char *path)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed = folder < 0 || syncfs(folder) < 0;
	file_close(folder);
	return failed ? -1 : 0;
}
