/* Folders: made, made durable, and tried. */
#ifndef FOLDER_H
#define FOLDER_H

#include <limits.h>

/* Makes a folder (mode 0750) and all missing ones above it, each name durable; returns 0 also if it exists, else -1 and errno. */
int folder_make(const char *path);

/* Makes the names in a folder durable (fsync); returns -1 and sets errno on failure. */
int folder_sync(const char *path);

/* Does the same for a path that begins at a folder, as openat takes it. */
int folder_sync_at(int at, const char *path);

/* Writes the path of the folder, which must fit, or of the nearest one above it that can be found; "." or "/" at last. */
void folder_nearest(const char *path, char nearest[PATH_MAX]);

/* Returns 0 if the folder can be used or could be made, else -1 and errno. It makes nothing. */
int folder_try(const char *path);

#endif
