/*
 * Finding lines of a log: that of an id, that at a place, and all of a day. What is read may be anything: ids and places come
 * from outside, and a file may have been moved away.
 */
#include "keep/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"

enum { CHUNK = 4096, PIECE = 256 * 1024, LONGEST = 256 * 1024 * 1024, START = sizeof LOG_LINE_START - 1 };

/* Reads the line at an offset if it begins with the id, or with any where that is empty, and ends in a newline. */
static enum log_found read_line(int file, struct span id, off_t offset, struct arena *arena, struct span *line)
{
	size_t room = CHUNK, have = 0;
	char *bytes = arena_take(arena, room);
	for (;;) {
		ssize_t n = pread(file, bytes + have, room - have, offset + (off_t)have);
		if (n < 0)
			return LOG_FAILED;
		const char *end = n ? memchr(bytes + have, '\n', (size_t)n) : NULL;
		have += (size_t)n;
		if (have < START + ID_LENGTH || memcmp(bytes, LOG_LINE_START, START) != 0 ||
		    (id.length && memcmp(bytes + START, id.bytes, id.length) != 0) || (!end && n == 0))
			return LOG_ABSENT;
		if (end) {
			*line = (struct span){bytes, (size_t)(end - bytes)};
			return LOG_FOUND;
		}
		if (have == room) {
			bytes = arena_grow(arena, bytes, room, room * 2);
			room *= 2;
		}
	}
}

static enum log_found read_file(const char *path, struct span id, struct place place, struct arena *arena, struct span *line,
	char where[PATH_MAX])
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	enum log_found found = LOG_ABSENT;
	if (file >= 0)
		found = read_line(file, id, (off_t)place.offset, arena, line);
	else if (errno != ENOENT && errno != ENOTDIR)
		found = LOG_FAILED;
	if (found == LOG_FAILED)
		diag_system("%s: can't read", path);
	file_close(file);
	if (found == LOG_FOUND && where)
		strcpy(where, path);
	return found;
}

/* Gives the node in "YYYY-MM-DD.NODE.jsonl" of that day, or NULL; name is cut up. */
static const char *node_of(char *name, const char *date)
{
	static const char ending[] = ".jsonl";
	size_t n = strlen(name), prefix = DATE_DAY - 1;
	if (n < prefix + sizeof ending || strncmp(name, date, prefix) != 0 || name[prefix] != '.')
		return NULL;
	char *end = name + n - (sizeof ending - 1);
	if (strcmp(end, ending) != 0 || end <= name + prefix)
		return NULL;
	*end = '\0';
	return name + prefix + 1;
}

/* Looks through the files of other nodes that the id's number can stand for. */
static enum log_found find_elsewhere(const struct log *log, struct span id, struct place place, struct arena *arena,
	struct span *line, char where[PATH_MAX])
{
	char path[PATH_MAX], date[DATE_DAY];
	enum log_found found = LOG_ABSENT;
	date_day_write(date, place.day);
	log_folder(log, path);
	DIR *folder = opendir(path);
	if (!folder && errno == ENOENT)
		return LOG_ABSENT;
	errno = 0; /* readdir's end and its failure differ in this alone */
	for (struct dirent *entry; folder && found == LOG_ABSENT && (entry = readdir(folder)); errno = 0) {
		const char *node = node_of(entry->d_name, date);
		if (!node || id_node(node) != place.node || strcmp(node, log->node) == 0)
			continue;
		log_path(log, place.day, node, path);
		found = read_file(path, id, place, arena, line, where);
	}
	if (found == LOG_ABSENT && (!folder || errno)) {
		diag_system("the log of \"%s\": can't look through its folder", log->form);
		found = LOG_FAILED;
	}
	if (folder)
		closedir(folder);
	return found;
}

/* Finds the line of an id, its place, and, where it is not NULL, the path of the file that it is in. */
static enum log_found find(const struct log *log, const struct secret *secret, struct span id, struct arena *arena,
	struct span *line, struct place *place, char where[PATH_MAX])
{
	char path[PATH_MAX];
	enum log_found found = LOG_ABSENT;
	if (!id_read(id, secret, place))
		return LOG_ABSENT;
	bool own = place->node == id_node(log->node);
	if (own || place->node == 0) {
		log_path(log, place->day, own ? log->node : "", path);
		found = read_file(path, id, *place, arena, line, where);
	}
	return found == LOG_ABSENT && place->node != 0 ? find_elsewhere(log, id, *place, arena, line, where) : found;
}

enum log_found log_find(const struct log *log, const struct secret *secret, struct span id, struct arena *arena,
	struct span *line)
{
	struct place place;
	return find(log, secret, id, arena, line, &place, NULL);
}

/* Overwrites the line at an offset with its id and spaces; first its mark, for a power cut may leave any part of the rest undone. */
static int erase_line(int file, struct span id, off_t offset, struct arena *arena)
{
	struct span line;
	enum log_found found = read_line(file, id, offset, arena, &line);
	if (found != LOG_FOUND) {
		errno = found == LOG_ABSENT ? ESTALE : errno;
		return -1;
	}
	char *erased = arena_take(arena, line.length);
	size_t kept = START + ID_LENGTH + 1;
	memset(erased, ' ', line.length);
	memcpy(erased, line.bytes, kept);
	memcpy(erased + kept, LOG_ERASED, sizeof LOG_ERASED - 1);
	size_t mark = kept + LOG_ERASED_MARK;
	if (pwrite(file, erased + mark, 1, offset + (off_t)mark) != 1 || file_flush_data(file) < 0)
		return -1;
	if (pwrite(file, erased, line.length, offset) != (ssize_t)line.length)
		return -1;
	return file_flush_data(file);
}

enum log_found log_erase(const struct log *log, const struct secret *secret, struct span id, struct arena *arena)
{
	char path[PATH_MAX];
	struct span line;
	struct place place;
	enum log_found found = find(log, secret, id, arena, &line, &place, path);
	if (found != LOG_FOUND)
		return found;
	int file = open(path, O_RDWR | O_CLOEXEC);
	int failed = file < 0 || file_lock(file) < 0 || erase_line(file, id, (off_t)place.offset, arena) < 0;
	if (failed)
		diag_system("%s: a line can't be erased", path);
	file_close(file);
	return failed ? LOG_FAILED : LOG_FOUND;
}

enum log_found log_at(const struct log *log, struct place place, struct arena *arena, struct span *line)
{
	char path[PATH_MAX];
	log_path(log, place.day, log->node, path);
	return read_file(path, (struct span){0}, place, arena, line, NULL);
}

enum log_found log_next(const struct log *log, struct place place, struct arena *arena, struct span *line)
{
	char path[PATH_MAX];
	size_t room = CHUNK, have = 0;
	enum log_found found = LOG_ABSENT;
	log_path(log, place.day, log->node, path);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
		return LOG_ABSENT;
	char *bytes = arena_take(arena, room);
	for (ssize_t n = 0; found == LOG_ABSENT; have += (size_t)n) {
		if (have == room)
			bytes = arena_grow(arena, bytes, room, room * 2), room *= 2;
		n = file < 0 ? -1 : pread(file, bytes + have, room - have, (off_t)place.offset + (off_t)have);
		const char *end = n > 0 ? memchr(bytes + have, '\n', (size_t)n) : NULL;
		if (end)
			*line = (struct span){bytes, (size_t)(end - bytes)};
		if (end || n <= 0)
			found = end ? LOG_FOUND : n < 0 ? LOG_FAILED : LOG_ABSENT;
		if (n <= 0)
			break;
	}
	if (found == LOG_FAILED)
		diag_system("%s: can't read", path);
	file_close(file);
	return found;
}

/* A walk through a file, a piece at a time. */
struct walk {
	int file;
	uint16_t day;
	size_t bytes; /* of a line's start that are asked for */
	log_taker *take;
	void *context;
};

/* Hands over the lines that are whole in a piece of the file, at whose offset one begins; gives how many bytes they are. */
static size_t each_in(const struct walk *walk, const char *piece, size_t n, off_t offset)
{
	size_t done = 0;
	while (done < n) {
		const char *end = memchr(piece + done, '\n', n - done);
		if (!end)
			break;
		size_t length = (size_t)(end - piece) - done;
		struct place place = {walk->day, 0, (uint64_t)offset + done};
		walk->take(walk->context, place, (struct span){piece + done, length < walk->bytes ? length : walk->bytes});
		done += length + 1;
	}
	return done;
}

static int each_line(const struct walk *walk, off_t offset)
{
	size_t room = PIECE, have = 0;
	char *piece = malloc(room);
	ssize_t n = piece ? 0 : -1;
	while (piece && (n = pread(walk->file, piece + have, room - have, offset + (off_t)have)) > 0) {
		have += (size_t)n;
		size_t done = each_in(walk, piece, have, offset);
		memmove(piece, piece + done, have -= done);
		offset += (off_t)done;
		if (have == room) { /* one line fills it */
			char *larger = room < LONGEST ? realloc(piece, room *= 2) : NULL;
			if (!larger) {
				errno = EFBIG;
				n = -1;
				break;
			}
			piece = larger;
		}
	}
	free(piece);
	return n < 0 ? -1 : 0;
}

int log_size(const struct log *log, uint16_t day, uint64_t *size)
{
	char path[PATH_MAX];
	struct stat status;
	log_path(log, day, log->node, path);
	int failed = stat(path, &status);
	*size = failed ? 0 : (uint64_t)status.st_size;
	return failed && errno != ENOENT && errno != ENOTDIR ? -1 : 0;
}

bool log_named(const char *name, uint16_t *day, char node[CONFIG_NAME_MAX + 1])
{
	static const char ending[] = ".jsonl";
	char date[DATE_DAY];
	int64_t n;
	size_t length = strlen(name), least = DATE_DAY - 1 + sizeof ending - 1;
	snprintf(date, sizeof date, "%.*s", DATE_DAY - 1, name);
	if (length < least || strcmp(name + length - (sizeof ending - 1), ending) != 0 || !date_day_read(date, &n) || n < 0 || n > UINT16_MAX)
		return false;
	size_t rest = length - least; /* of a node, a full stop before its name */
	if (rest == 1 || rest > CONFIG_NAME_MAX + 1 || (rest && name[DATE_DAY - 1] != '.'))
		return false;
	*day = (uint16_t)n;
	snprintf(node, CONFIG_NAME_MAX + 1, "%.*s", rest ? (int)rest - 1 : 0, name + DATE_DAY);
	return true;
}

/* Gives the newest day of which this node has a file, or the oldest from one on; 0 or -1 as log_newest does. */
static int find_day(const struct log *log, int64_t from, bool newest)
{
	char path[PATH_MAX], node[CONFIG_NAME_MAX + 1];
	uint16_t day, best = 0;
	log_folder(log, path);
	DIR *folder = opendir(path);
	if (!folder && errno == ENOENT)
		return 0;
	errno = 0; /* readdir's end and its failure differ in this alone */
	for (struct dirent *entry; folder && (entry = readdir(folder)); errno = 0)
		if (log_named(entry->d_name, &day, node) && strcmp(node, log->node) == 0 && day >= from &&
		    (!best || (newest ? day > best : day < best)))
			best = day;
	bool failed = !folder || errno;
	if (failed)
		diag_system("%s: can't be looked through", path);
	if (folder)
		closedir(folder);
	return failed ? -1 : best;
}

int log_newest(const struct log *log)
{
	return find_day(log, 0, true);
}

int log_oldest(const struct log *log, int64_t from)
{
	return find_day(log, from, false);
}

int log_each(const struct log *log, struct place from, size_t bytes, log_taker *take, void *context)
{
	char path[PATH_MAX];
	log_path(log, from.day, log->node, path);
	struct walk walk = {open(path, O_RDONLY | O_CLOEXEC), from.day, bytes, take, context};
	int failed = walk.file < 0 ? (errno != ENOENT && errno != ENOTDIR) : each_line(&walk, (off_t)from.offset) < 0;
	if (failed)
		diag_system("%s: can't read", path);
	if (walk.file >= 0)
		close(walk.file);
	return failed ? -1 : 0;
}
