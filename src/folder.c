/* Folders; see folder.h. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_MODE = 0750 };

int folder_make(const char *path)
{
	char above[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash - path) : 1;
	if ((size_t)snprintf(above, sizeof above, "%.*s", length ? length : 1, slash ? path : ".") >= sizeof above) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int failed = mkdir(path, FOLDER_MODE);
	if (failed && errno == ENOENT && slash && folder_make(above) == 0)
		failed = mkdir(path, FOLDER_MODE);
	if (failed)
		return errno == EEXIST ? 0 : -1;
	return folder_sync(above) < 0 && errno != EACCES ? -1 : 0;
}

int folder_sync(const char *path)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	int failed = fsync(folder), reason = errno;
	close(folder);
	errno = reason;
	return failed;
}

int folder_try(const char *path)
{
	char above[PATH_MAX];
	struct stat status;
	if (stat(path, &status) == 0) {
		errno = ENOTDIR;
		return S_ISDIR(status.st_mode) ? access(path, R_OK | W_OK | X_OK) : -1;
	}
	const char *slash = strrchr(path, '/');
	if (errno != ENOENT || (size_t)snprintf(above, sizeof above, "%s", path) >= sizeof above)
		return -1;
	if (!slash)
		return folder_try(".");
	above[slash == path ? 1 : slash - path] = '\0';
	return folder_try(above);
}

/* Resolves the part of the path that exists; the rest is put behind it as it is. */
static bool resolve(const char *path, char out[PATH_MAX])
{
	char part[PATH_MAX];
	if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
		return false;
	while (!realpath(*part ? part : ".", out)) {
		char *slash = strrchr(part, '/');
		if (errno != ENOENT)
			return false;
		if (slash == part && part[1])
			slash++;
		part[slash ? slash - part : 0] = '\0';
	}
	const char *rest = path + strlen(part);
	size_t n = strlen(out);
	rest += strspn(rest, "/");
	if (!*rest)
		return true;
	const char *between = n > 1 ? "/" : "";
	return (size_t)snprintf(out + n, PATH_MAX - n, "%s%s", between, rest) < PATH_MAX - n;
}

bool folder_inside(const char *path, const char *folder)
{
	char inner[PATH_MAX], outer[PATH_MAX];
	if (!resolve(folder, outer) || !resolve(path, inner))
		return false;
	size_t n = strlen(outer);
	if (n == 1)
		return true; /* the root holds everything */
	return strncmp(inner, outer, n) == 0 && (inner[n] == '/' || inner[n] == '\0');
}
