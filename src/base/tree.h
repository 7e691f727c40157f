/* Trees of folders: everything below a folder, walked or removed. */
#ifndef TREE_H
#define TREE_H

#include <sys/stat.h>

/* What a taker may return besides -1, which ends the walk: go on, or leave out what is in this folder. */
enum { TREE_ON = 0, TREE_SKIP = 1 };

/* Takes the path and status of a file or folder. */
typedef int tree_taker(void *context, const char *path, const struct stat *);

/*
 * Hands everything below a folder to the taker, a folder before what it holds; links are followed. What vanishes meanwhile is passed
 * over. Returns -1 and sets errno if a folder can't be read, or if the taker returned -1.
 */
int tree_each(const char *folder, tree_taker *, void *context);

/* Removes a folder with everything in it, without following links; returns -1 and sets errno on failure. */
int tree_remove(const char *folder);

#endif
