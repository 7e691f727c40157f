/* Folders: made, made durable, and kept out of the web server's reach. */
#ifndef FOLDER_H
#define FOLDER_H

#include <limits.h>
#include <stdbool.h>

/* Makes a folder (mode 0750) with all above it, unless it is there, and each name durable; -1 and errno where it can't. */
int folder_make(const char *path);

/* Writes a path that holds wherever the process goes, links as they are; -1 and errno where it can't. */
int path_absolute(const char *path, char absolute[PATH_MAX]);

/* Makes the names in a folder durable; -1 and errno where it can't. */
int folder_sync(const char *path);

/* Tells whether the folder can be used, or could be made: 0, or -1 and errno. Makes nothing. */
int folder_try(const char *path);

/* Tells whether the path, which need not exist yet, is the other folder or lies inside it, links resolved. */
bool folder_inside(const char *path, const char *folder);

#endif
