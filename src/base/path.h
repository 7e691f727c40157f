/* Paths: made absolute, and compared by the folders that they lead to. */
#ifndef PATH_H
#define PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PATH_DEPTH = 32 };

/* A folder and those above it, as the kernel knows them. */
struct path_chain {
	const char *path; /* borrowed */
	bool whole;       /* it goes up to the root */
	size_t n;
	struct path_link {
		dev_t device;
		ino_t inode;
	} links[PATH_DEPTH];
};

/* Writes strings one after the other, up to a NULL; returns -1, with ENAMETOOLONG and the path cut, if they are too long for a path. */
int path_write(char path[PATH_MAX], const char *first, ...) __attribute__((sentinel));

/* Writes the path in absolute form, without resolving links; returns -1 and sets errno on failure. */
int path_absolute(const char *path, char absolute[PATH_MAX]);

/* Returns true if the path is the folder or lies inside it. Links are resolved; the path need not exist. */
bool path_is_inside(const char *path, const char *folder);

/* Finds the folders above a folder. Whether one of several folders is above it can then be told without climbing again. */
void path_climb(struct path_chain *, const char *folder);

/* Returns what path_is_inside does, for the path that was climbed from. */
bool path_chain_is_inside(const struct path_chain *, const char *folder);

#endif
