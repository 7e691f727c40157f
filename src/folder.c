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
	if (mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST)
		return 0;
	const char *slash = strrchr(path, '/');
	if (errno != ENOENT || !slash || slash == path)
		return -1;
	if ((size_t)snprintf(above, sizeof above, "%.*s", (int)(slash - path), path) >= sizeof above) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (folder_make(above) < 0)
		return -1;
	return mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST ? 0 : -1;
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

/* Resolves the part of the path that exists; the rest, which can't hold a link, is put behind it as it is. */
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
