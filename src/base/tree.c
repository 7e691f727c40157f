/* Trees of folders. A folder stays open while what it holds is walked, so the depth is bounded. */
#include "base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DEEPEST = 32 };

/* Writes the path of an entry; -1 and errno if it is too long. */
static int join_path(char path[PATH_MAX], const char *folder, const char *name)
{
	if ((size_t)snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* Gives the next entry of an open folder; NULL at its end, and with errno set on failure. */
static const char *next_name(DIR *folder)
{
	struct dirent *entry;
	do {
		errno = 0;
		entry = readdir(folder);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	return entry ? entry->d_name : NULL;
}

static void close_folder(DIR *folder)
{
	int reason = errno;
	closedir(folder);
	errno = reason;
}

static int walk_folder(const char *path, tree_taker *take, void *context, int depth)
{
	char below[PATH_MAX];
	struct stat status;
	const char *name;
	DIR *folder = opendir(path);
	if (!folder)
		return depth > 0 && errno == ENOENT ? 0 : -1;
	int result = 0;
	while (result == 0 && (name = next_name(folder))) {
		if ((result = join_path(below, path, name)) < 0)
			break;
		if (stat(below, &status) < 0) {
			result = errno == ENOENT ? 0 : -1;
			continue;
		}
		int taken = take(context, below, &status);
		if (taken < 0)
			result = -1;
		else if (S_ISDIR(status.st_mode) && taken == TREE_ON && depth == DEEPEST)
			errno = ELOOP, result = -1;
		else if (S_ISDIR(status.st_mode) && taken == TREE_ON)
			result = walk_folder(below, take, context, depth + 1);
	}
	if (result == 0 && errno)
		result = -1;
	close_folder(folder);
	return result;
}

int tree_each(const char *folder, tree_taker *take, void *context)
{
	return walk_folder(folder, take, context, 0);
}

int tree_remove(const char *path)
{
	char below[PATH_MAX];
	struct stat status;
	const char *name;
	DIR *folder = opendir(path);
	if (!folder)
		return -1;
	int result = 0;
	while (result == 0 && (name = next_name(folder))) {
		bool failed = join_path(below, path, name) < 0 || lstat(below, &status) < 0;
		result = failed ? -1 : S_ISDIR(status.st_mode) ? tree_remove(below) : unlink(below);
	}
	if (result == 0 && errno)
		result = -1;
	close_folder(folder);
	return result ? -1 : rmdir(path);
}
