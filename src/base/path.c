/* Paths, compared by what they lead to: symbolic links are followed, and folders are recognised by device and inode. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 8 };

/* snprintf would take 500 to 1,500 instructions, and each post needs some paths. */
int path_write(char path[PATH_MAX], const char *first, ...)
{
	size_t length = 0;
	va_list more;
	va_start(more, first);
	for (const char *part = first; part; part = va_arg(more, const char *)) {
		size_t n = strlen(part), room = PATH_MAX - 1 - length;
		memcpy(path + length, part, n < room ? n : room);
		length += n < room ? n : room;
		if (n > room)
			first = NULL;
	}
	va_end(more);
	path[length] = '\0';
	if (!first)
		errno = ENAMETOOLONG;
	return first ? 0 : -1;
}

/* Appends names that do not exist to a resolved path. Nothing can be looked up, so "." and ".." are resolved by their text. */
static bool append_names(char out[PATH_MAX], const char *rest)
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

/* Resolves a path that need not exist; follows also a symbolic link whose target does not exist. */
static bool resolve_path(const char *path, char out[PATH_MAX], int links)
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
				resolve_path(onward, out, links - 1);
		}
		if (errno != ENOENT && errno != EINVAL)
			return false;
		if (slash == part && part[1])
			slash++;
		part[slash ? slash - part : 0] = '\0';
	}
	return append_names(out, path + strlen(part));
}

/* Compares resolved names; the path need not exist. */
static bool resolves_inside(const char *path, const char *folder)
{
	char inner[PATH_MAX], outer[PATH_MAX];
	if (!resolve_path(folder, outer, LINKS_MAX) || !resolve_path(path, inner, LINKS_MAX))
		return false;
	size_t n = strlen(outer);
	if (n == 1)
		return true; /* the root holds everything */
	return strncmp(inner, outer, n) == 0 && (inner[n] == '/' || inner[n] == '\0');
}

/* Tells whether a part of a chain is the folder that stat has looked at. */
static bool is_folder(const struct path_link *link, const struct stat *folder)
{
	return link->device == folder->st_dev && link->inode == folder->st_ino;
}

void path_climb(struct path_chain *chain, const char *folder)
{
	char at[PATH_MAX];
	struct stat here;
	size_t length = strlen(folder);
	chain->path = folder;
	chain->whole = false;
	chain->n = 0;
	if (length + PATH_DEPTH * (sizeof "/.." - 1) >= sizeof at)
		return;
	memcpy(at, folder, length + 1);
	while (!chain->whole && chain->n < PATH_DEPTH && stat(at, &here) == 0) {
		chain->whole = chain->n && is_folder(&chain->links[chain->n - 1], &here);
		chain->links[chain->n++] = (struct path_link){here.st_dev, here.st_ino};
		strcpy(at + length, "/..");
		length += sizeof "/.." - 1;
	}
}

bool path_chain_is_inside(const struct path_chain *chain, const char *folder)
{
	struct stat status;
	bool there = stat(folder, &status) == 0;
	for (size_t i = 0; there && i < chain->n; i++)
		if (is_folder(&chain->links[i], &status))
			return true;
	return (!there || !chain->whole) && resolves_inside(chain->path, folder);
}

bool path_is_inside(const char *path, const char *folder)
{
	struct path_chain chain;
	path_climb(&chain, path);
	return path_chain_is_inside(&chain, folder);
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
