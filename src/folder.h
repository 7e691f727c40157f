/* Folders: made, made durable, and kept out of the web server's reach. */
#ifndef FOLDER_H
#define FOLDER_H

#include <stdbool.h>

/* Makes a folder (mode 0750) with all above it, unless it is there, and each name durable; -1 and errno where it can't. */
int folder_make(const char *path);

/* Makes the names in a folder durable; -1 and errno where it can't. */
int folder_sync(const char *path);

/* Tells whether the folder can be used, or could be made: 0, or -1 and errno. Makes nothing. */
int folder_try(const char *path);

/* Tells whether the path, which need not exist yet, is the other folder or lies inside it, links resolved. */
bool folder_inside(const char *path, const char *folder);

#endif
