/*
 * Only file systems of Linux's own are flushed as a whole: syncfs(2) on a network file system ends before the server has written, and
 * other systems have no such call.
 */
#define _GNU_SOURCE /* syncfs */
#include "base/file_system.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif

#include "base/file.h"

#ifdef __linux__

bool file_system_is_flushable(int descriptor)
{
	/* ext2 to ext4, XFS, Btrfs, F2FS, overlayfs, tmpfs: the numbers of linux/magic.h */
	static const unsigned long types[] = {0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x794c7630, 0x01021994};
	struct statfs status;
	if (fstatfs(descriptor, &status) < 0)
		return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (((unsigned long)status.f_type & 0xffffffff) == types[i])
			return true;
	return false;
}

int file_system_flush(const char *folder)
{
	int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (descriptor < 0)
		return -1;
	int failed = syncfs(descriptor);
	file_close(descriptor);
	return failed;
}

#else

bool file_system_is_flushable(int descriptor)
{
	(void)descriptor;
	return false;
}

int file_system_flush(const char *folder)
{
	(void)folder;
	errno = ENOSYS;
	return -1;
}

#endif
