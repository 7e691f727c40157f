/* Folders: a new one is made durable together with its name, from the top down. */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { FOLDER_MODE = 0750 };

int folder_make(const char *path)
{
	char above[PATH_MAX];
	struct stat status;
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash - path) : 1;
	if ((size_t)snprintf(above, sizeof above, "%.*s", length ? length : 1, slash ? path : ".") >= sizeof above) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int failed = mkdir(path, FOLDER_MODE);
	if (failed && errno == ENOENT && slash && folder_make(above) == 0)
		failed = mkdir(path, FOLDER_MODE);
	if (failed && errno == EEXIST) {
		failed = stat(path, &status);
		if (!failed && !S_ISDIR(status.st_mode)) {
			errno = ENOTDIR;
			failed = -1;
		}
		return failed;
	}
	if (failed)
		return -1;
	return folder_sync(above) < 0 && errno != EACCES ? -1 : 0;
}

int folder_sync(const char *path)
{
	return folder_sync_at(AT_FDCWD, path);
}

int folder_sync_at(int at, const char *path)
{
	int folder = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -1;
	int failed = file_flush(folder);
	file_close(folder);
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

void folder_nearest(const char *path, char nearest[PATH_MAX])
{
	snprintf(nearest, PATH_MAX, "%s", path);
	while (access(nearest, F_OK) < 0 && strcmp(nearest, ".") != 0 && strcmp(nearest, "/") != 0) {
		char *slash = strrchr(nearest, '/');
		if (slash)
			slash[slash == nearest] = '\0';
		else
			strcpy(nearest, ".");
	}
}
