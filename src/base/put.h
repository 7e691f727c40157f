/* Names of which several hosts may make one at once. In both functions the path begins at a folder, as openat takes it. */
#ifndef PUT_H
#define PUT_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Makes a symlink with a text, unless its name is taken. Returns 0, or -1 and errno, EEXIST if it is. The link has a second name in the
 * same folder, "." and random characters, which is left there unless tidy is set.
 */
int put_link(int at, const char *path, const char *text, bool tidy);

/* Makes a folder, unless its name is taken, with a link ".made" in it. Returns 0, or -1 and errno, EEXIST if it is. */
int put_folder(int at, const char *path, mode_t mode);

/* Removes a folder that was made so, if nothing was put into it since. */
void put_folder_back(int at, const char *path);

#endif
