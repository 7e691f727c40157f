/* Folders; see folder.h. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { FOLDER_MODE = 0750, LINKS = 8 };

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
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

/* Goes on from a resolved path by names that do not exist, which can only be taken by the letter. */
static bool go_on(char out[PATH_MAX], const char *rest)
{
	for (size_t n; rest += strspn(rest, "/"), (n = strcspn(rest, "/")) > 0; rest += n) {
		size_t length = strlen(out);
		if (n == 1 && rest[0] == '.')
			continue;
		if (n == 2 && memcmp(rest, "..", 2) == 0) {
			char *slash = strrchr(out, '/');
			slash[slash == out] = '\0';
		} else if ((size_t)snprintf(out + length, PATH_MAX - length, "%s%.*s", length > 1 ? "/" : "", (int)n, rest) >=
			   PATH_MAX - length) {
			return false;
		}
	}
	return true;
}

/* Resolves a path that need not exist; a link to what is not there yet is followed too. */
static bool resolve(const char *path, char out[PATH_MAX], int links)
{
	char part[PATH_MAX], target[PATH_MAX], onward[PATH_MAX];
	if ((size_t)snprintf(part, sizeof part, "%s", path) >= sizeof part)
		return false;
	while (!realpath(*part ? part : ".", out)) {
		ssize_t n = readlink(part, target, sizeof target - 1);
		char *slash = strrchr(part, '/');
		if (n > 0 && links > 0) {
			const char *rest = path + strlen(part);
			int folder = target[0] != '/' && slash ? (int)(slash - part) + 1 : 0;
			target[n] = '\0';
			return (size_t)snprintf(onward, sizeof onward, "%.*s%s%s", folder, part, target, rest) < sizeof onward &&
				resolve(onward, out, links - 1);
		}
		if (errno != ENOENT && errno != EINVAL)
			return false;
		if (slash == part && part[1])
			slash++;
		part[slash ? slash - part : 0] = '\0';
	}
	return go_on(out, path + strlen(part));
}

/* By names, for what is not there yet. */
static bool resolves_inside(const char *path, const char *folder)
{
	char inner[PATH_MAX], outer[PATH_MAX];
	if (!resolve(folder, outer, LINKS) || !resolve(path, inner, LINKS))
		return false;
	size_t n = strlen(outer);
	if (n == 1)
		return true; /* the root holds everything */
	return strncmp(inner, outer, n) == 0 && (inner[n] == '/' || inner[n] == '\0');
}

/* Climbs from a folder to the root: *inside says whether the other one is on the way. False where it can't be told so. */
static bool climb(const char *path, const struct stat *other, bool *inside)
{
	char at[PATH_MAX];
	struct stat here, above;
	size_t n = strlen(path);
	if (n >= sizeof at || stat(path, &here) < 0)
		return false;
	memcpy(at, path, n + 1);
	for (;; here = above) {
		*inside = here.st_dev == other->st_dev && here.st_ino == other->st_ino;
		if (*inside)
			return true;
		if (n + sizeof "/.." > sizeof at)
			return false;
		strcpy(at + n, "/..");
		n += sizeof "/.." - 1;
		if (stat(at, &above) < 0)
			return false;
		if (above.st_dev == here.st_dev && above.st_ino == here.st_ino)
			return true;
	}
}

bool folder_inside(const char *path, const char *folder)
{
	struct stat status;
	bool inside;
	return stat(folder, &status) == 0 && climb(path, &status, &inside) ? inside : resolves_inside(path, folder);
}

int path_absolute(const char *path, char absolute[PATH_MAX])
{
	char here[PATH_MAX] = "";
	if (*path != '/' && !getcwd(here, sizeof here))
		return -1;
	if ((size_t)snprintf(absolute, PATH_MAX, "%s%s%s", here, *path == '/' ? "" : "/", path) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}
