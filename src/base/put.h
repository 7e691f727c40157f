/* Links of which several hosts may make one at once. */
#ifndef PUT_H
#define PUT_H

#include <stdbool.h>

/*
 * Makes a symlink with a text, unless its name is taken; the path begins at a folder, as openat takes it. Returns 0, or -1 and errno, EEXIST
 * if the name is taken. The link has a second name in the same folder, "." and random characters, which is left there unless tidy is set.
 */
int put_link(int at, const char *path, const char *text, bool tidy);

#endif
