/* What tells whether a file is still the same one, with the same content. */
#ifndef FILE_STATE_H
#define FILE_STATE_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct file_state {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

/* Reads the state of a file or folder: 0, or -1 and errno; then the state is all zeroes. */
int file_state_read(const char *path, struct file_state *);

/* Tells whether two states are equal. */
bool file_state_same(const struct file_state *, const struct file_state *);

#endif
