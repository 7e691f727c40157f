/* What tells whether a file is still the same one, with the same content. */
#include "base/file_state.h"

#include <sys/stat.h>

int file_state_read(const char *path, struct file_state *state)
{
	struct stat status;
	*state = (struct file_state){0};
	if (stat(path, &status) < 0)
		return -1;
	*state = (struct file_state){status.st_dev, status.st_ino, status.st_size, status.st_mtim};
	return 0;
}

bool file_state_same(const struct file_state *a, const struct file_state *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
		a->changed.tv_nsec == b->changed.tv_nsec;
}
