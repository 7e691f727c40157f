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
#include <sys/xattr.h>
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

/* A program that mounts by FUSE tells its name by an attribute that no other has. */
static const char *shared_by_fuse(int descriptor)
{
	if (fgetxattr(descriptor, "glusterfs.pathinfo", NULL, 0) > 0)
		return "GlusterFS";
	return fgetxattr(descriptor, "ceph.dir.entries", NULL, 0) > 0 ? "CephFS" : NULL;
}

const char *file_system_shared(const char *folder)
{
	static const struct {
		unsigned long type;
		const char *name;
	} shared[] = {{0x00c36400, "CephFS"}, {0x01161970, "GFS2"}, {0x7461636f, "OCFS2"}, {0x0bd00bd0, "Lustre"}, {0x19830326, "BeeGFS"}};
	const unsigned long fuse = 0x65735546;
	struct statfs status;
	int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name = NULL;
	if (descriptor >= 0 && fstatfs(descriptor, &status) == 0) {
		for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
			if (((unsigned long)status.f_type & 0xffffffff) == shared[i].type)
				name = shared[i].name;
		if (((unsigned long)status.f_type & 0xffffffff) == fuse)
			name = shared_by_fuse(descriptor);
	}
	file_close(descriptor);
	return name;
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

const char *file_system_shared(const char *folder)
{
	(void)folder;
	return NULL;
}

#endif
