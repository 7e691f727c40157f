/* Paths: made absolute, and compared by the folders that they lead to. */
#ifndef PATH_H
#define PATH_H

#include <limits.h>
#include <stdbool.h>

/* Writes the path in absolute form, without resolving links; returns -1 and sets errno on failure. */
int path_absolute(const char *path, char absolute[PATH_MAX]);

/* Returns true if the path is the folder or lies inside it. Links are resolved; the path need not exist. */
bool path_is_inside(const char *path, const char *folder);

#endif
