/*
 * FILE has a line for each entry: NAME TAB TARGET, or NAME TAB TARGET TAB TYPE. A name may have several entries of different types.
 * Empty lines and lines that begin with # are ignored. FILE.cdb maps each name to "TARGET" or "TARGET TAB TYPE". It is written under
 * another name, flushed and renamed, so that a process reads either the old or the new one, complete.
 */
#define _XOPEN_SOURCE 700 /* getline */
#include "keep/map.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "config/reader.h"
#include "config/reader_uri.h"
#include "keep/map_file.h"

enum { FILE_MODE = 0644, FAULTS_MAX = 20 };

/* --- looking up ---------------------------------------------------------------------------------------------------- */

void map_end(struct map *map)
{
	if (map->open)
		close(map->file);
	*map = (struct map){0};
}

static int map_open(struct map *map, const char *path, const struct stat *status)
{
	map_end(map);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	*map = (struct map){file, true, status->st_dev, status->st_ino, status->st_mtim};
	return 0;
}

static bool is_same(const struct map *map, const struct stat *status)
{
	return map->open && map->device == status->st_dev && map->inode == status->st_ino &&
		map->changed.tv_sec == status->st_mtim.tv_sec && map->changed.tv_nsec == status->st_mtim.tv_nsec;
}

/* Reads a value of the database; false if map_make would not have written it. */
static bool entry_read(const char *bytes, size_t n, struct arena *arena, struct map_entry *entry)
{
	const struct setting_source source = {arena, ""};
	const char *ignored;
	char *target = arena_copy(arena, bytes, n), *tab = strchr(target, '\t');
	if (tab)
		*tab++ = '\0';
	*entry = (struct map_entry){target, tab && *tab ? tab : NULL};
	return !strpbrk(target, "{}") && !reader_uri_target(&source, target, &ignored) &&
		(!entry->type || !reader_type(&source, entry->type, &ignored));
}

int map_find(struct map *map, const char *file, struct span name, struct arena *arena, struct map_entry entries[MAP_ENTRIES])
{
	char path[PATH_MAX];
	struct stat status;
	struct map_file search;
	struct span value;
	int n = 0, found = 0;
	snprintf(path, sizeof path, "%s.cdb", file);
	if (stat(path, &status) < 0 || (!is_same(map, &status) && map_open(map, path, &status) < 0))
		return -1;
	if (map_file_begin(&search, map->file, name) < 0)
		return -1;
	while (n < MAP_ENTRIES && (found = map_file_next(&search, arena, &value)) > 0)
		if (!entry_read(value.bytes, value.length, arena, &entries[n++])) {
			errno = EILSEQ;
			return -1;
		}
	return found < 0 ? -1 : n;
}

/* --- making -------------------------------------------------------------------------------------------------------- */

/* A database that is being made. */
struct making {
	const char *file;
	struct cdb_make base;
	struct arena *arena;
	struct text *faults;
	size_t wrong, line;
	long entries;
};

static void add_fault(struct making *making, const char *what)
{
	if (++making->wrong <= FAULTS_MAX)
		text_format(making->faults, "%s:%zu: %s\n", making->file, making->line, what);
}

/* Adds a line, given without its newline: 0, or -1 if writing failed. */
static int add_line(struct making *making, char *line, size_t n)
{
	const char *ignored = NULL, *wrong;
	const struct setting_source source = {making->arena, making->file};
	if (!n || line[0] == '#')
		return 0;
	char *target = memchr(line, '\t', n);
	if (!target || target == line || memchr(line, '\0', n)) {
		add_fault(
			making, target == line ? "there is no name before the tab" : "takes NAME TAB TARGET, or NAME TAB TARGET TAB TYPE");
		return 0;
	}
	*target++ = '\0';
	char *type = strchr(target, '\t');
	if (type)
		*type++ = '\0';
	if ((wrong = strpbrk(target, "{}") ? "takes no holes" : reader_uri_target(&source, target, &ignored)) ||
		(type && (wrong = reader_type(&source, type, &ignored)))) {
		add_fault(making, wrong);
		return 0;
	}
	if (type)
		type[-1] = '\t';
	making->entries++;
	return cdb_make_add(&making->base, line, (unsigned)strlen(line), target, (unsigned)strlen(target));
}

static int add_lines(struct making *making, FILE *from, const struct map_watch *watch)
{
	char *line = NULL;
	size_t room = 0;
	int failed = 0;
	for (ssize_t n; !failed && (n = getline(&line, &room, from)) >= 0;) {
		making->line++;
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		failed = add_line(making, line, (size_t)n);
		if (making->line % 1024 != 0)
			continue;
		arena_reset(making->arena); /* frees what was copied to check the lines */
		if (watch)
			watch->read(watch->context, making->line);
	}
	if (ferror(from)) {
		text_format(making->faults, "%s: %s\n", making->file, strerror(errno));
		making->wrong++;
	}
	free(line);
	return failed;
}

/* Makes the names in the file's folder durable. */
static int sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	return folder_sync(folder);
}

/* Opens and locks the file that the database is written to, and empties it of what a dead process has left. */
static int open_fresh(const char *fresh)
{
	struct stat held, named;
	int file;
	for (;;) {
		file = open(fresh, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
		if (file < 0 || flock(file, LOCK_EX) < 0 || fstat(file, &held) < 0)
			break;
		if (stat(fresh, &named) == 0 && named.st_dev == held.st_dev && named.st_ino == held.st_ino) {
			if (ftruncate(file, 0) < 0)
				break;
			return file;
		}
		close(file); /* another process has renamed or removed it */
	}
	file_close(file);
	return -1;
}

static long make_as(struct making *making, FILE *from, const char *fresh, const char *path, const struct map_watch *watch)
{
	int file = open_fresh(fresh);
	if (file < 0)
		return -1;
	int failed = cdb_make_start(&making->base, file);
	failed |= add_lines(making, from, watch);
	failed |= cdb_make_finish(&making->base);
	failed = failed || file_flush(file) < 0;
	if (!failed && !making->wrong)
		failed = rename(fresh, path) < 0 || sync_folder(path) < 0;
	int reason = errno;
	if (failed || making->wrong)
		unlink(fresh);
	close(file); /* releases the lock too */
	errno = reason;
	return failed ? -1 : making->entries;
}

long map_make(const char *file, struct text *faults, const struct map_watch *watch)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	struct arena arena = {0};
	struct making making = {.file = file, .arena = &arena, .faults = faults};
	snprintf(path, sizeof path, "%s.cdb", file);
	snprintf(fresh, sizeof fresh, "%s.cdb.new", file);
	FILE *from = fopen(file, "re");
	long n = from ? make_as(&making, from, fresh, path, watch) : -1;
	if (n < 0)
		text_format(faults, "%s: %s\n", from ? path : file, strerror(errno));
	if (making.wrong > FAULTS_MAX)
		text_format(faults, "%s: and %zu faults more\n", file, making.wrong - FAULTS_MAX);
	if (from)
		fclose(from);
	arena_free(&arena);
	return making.wrong ? -1 : n;
}
