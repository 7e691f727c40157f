/* Symlinks that are names with a text, of which several hosts may make one at once. */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>

/*
 * Makes a symlink with a text, complete and unless its name is taken; the path begins at a folder, as openat takes it. Returns 0, or -1
 * and errno, EEXIST if the name is taken. The link has a second name in the same folder, "." and random characters, which is left there
 * unless tidy is set.
 */
int link_make(int at, const char *path, const char *text, bool tidy);

#endif
