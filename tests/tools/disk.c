/*
 * disk IMAGE RECORD FOLDER: serves IMAGE as FOLDER/disk, to be mounted by way of a loop device, and writes down in RECORD what
 * is done to it, in its order, until FOLDER is unmounted.
 *
 * RECORD is a row of entries, each a struct entry in the byte order of the machine and, after it, its bytes:
 *
 *   kind  offset     length     bytes                 what it stands for
 *   'W'   on a disk  of these   what was written      a write; it is safe once a flush follows
 *   'F'   0          0          -                     a flush: what stands before it is safe
 *   'M'   0          of these   the text of the mark  somebody wrote this text to FOLDER/mark
 *
 * A write is in the record before its caller learns that it is done, and requests are served one at a time, so a flush can't
 * overtake a write it was to cover, and a mark stands behind all that was done before it was written. Both files bypass the page
 * cache (direct_io), which else would merge and delay. There is no fallocate: who would zero or discard has to write.
 */
#define FUSE_USE_VERSION 35
#define _GNU_SOURCE /* what fuse.h needs */
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct entry {
	uint64_t kind, offset, length;
};

struct disk {
	int image, record;
	off_t size;
};

static const char disk_path[] = "/disk", mark_path[] = "/mark";

static const struct disk *disk_here(void)
{
	return fuse_get_context()->private_data;
}

/* Adds an entry to the record; half an entry would make the rest unreadable, so a failure ends all. */
static void record_add(uint64_t kind, off_t offset, const char *bytes, size_t n)
{
	struct entry entry = {kind, (uint64_t)offset, n};
	struct iovec parts[] = {{&entry, sizeof entry}, {(void *)(uintptr_t)bytes, n}};
	if (writev(disk_here()->record, parts, 2) == (ssize_t)(sizeof entry + n))
		return;
	perror("disk: the record can't be written");
	exit(EXIT_FAILURE);
}

static void *disk_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	connection->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
	config->direct_io = 1;
	return fuse_get_context()->private_data;
}

static int disk_getattr(const char *path, struct stat *status, struct fuse_file_info *file)
{
	(void)file;
	*status = (struct stat){.st_mode = S_IFREG | 0600, .st_nlink = 1, .st_blksize = 4096};
	if (strcmp(path, "/") == 0)
		*status = (struct stat){.st_mode = S_IFDIR | 0700, .st_nlink = 2};
	else if (strcmp(path, disk_path) == 0)
		status->st_size = disk_here()->size;
	else if (strcmp(path, mark_path) != 0)
		return -ENOENT;
	return 0;
}

static int disk_readdir(const char *path, void *list, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
	enum fuse_readdir_flags flags)
{
	(void)path, (void)offset, (void)file, (void)flags;
	fill(list, disk_path + 1, NULL, 0, (enum fuse_fill_dir_flags)0);
	fill(list, mark_path + 1, NULL, 0, (enum fuse_fill_dir_flags)0);
	return 0;
}

static int disk_open(const char *path, struct fuse_file_info *file)
{
	file->fh = strcmp(path, disk_path) == 0;
	return 0;
}

static int disk_read(const char *path, char *bytes, size_t n, off_t offset, struct fuse_file_info *file)
{
	(void)path;
	ssize_t got = file->fh ? pread(disk_here()->image, bytes, n, offset) : 0;
	return got < 0 ? -errno : (int)got;
}

/* A write beyond the disk's end, or a short one, would be no write of a disk's. */
static int disk_write(const char *path, const char *bytes, size_t n, off_t offset, struct fuse_file_info *file)
{
	(void)path;
	if (!file->fh) {
		record_add('M', 0, bytes, n);
		return (int)n;
	}
	if (offset + (off_t)n > disk_here()->size)
		return -ENOSPC;
	if (pwrite(disk_here()->image, bytes, n, offset) != (ssize_t)n)
		return -EIO;
	record_add('W', offset, bytes, n);
	return (int)n;
}

static int disk_fsync(const char *path, int data_only, struct fuse_file_info *file)
{
	(void)path, (void)data_only;
	if (file->fh)
		record_add('F', 0, NULL, 0);
	return 0;
}

static const struct fuse_operations operations = {
	.init = disk_init,
	.getattr = disk_getattr,
	.readdir = disk_readdir,
	.open = disk_open,
	.read = disk_read,
	.write = disk_write,
	.fsync = disk_fsync,
};

int main(int argc, char **argv)
{
	struct stat status;
	struct disk disk;
	if (argc != 4) {
		fprintf(stderr, "usage: disk IMAGE RECORD FOLDER\n");
		return 2;
	}
	disk.image = open(argv[1], O_RDWR | O_CLOEXEC);
	disk.record = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (disk.image < 0 || disk.record < 0 || fstat(disk.image, &status) < 0) {
		perror(disk.image < 0 ? argv[1] : argv[2]);
		return 1;
	}
	disk.size = status.st_size;
	/* In the foreground, and by one thread: the order is that of the record. */
	char *arguments[] = {argv[0], "-f", "-s", argv[3], NULL};
	return fuse_main(4, arguments, &operations, &disk);
}
