/*
 * Lines of a log. Ids and places come from outside, and a file may have been edited or moved away, so whatever is read is compared
 * with the id that was asked for.
 */
#include "keep/log_line.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"

enum { CHUNK = 4096, START = sizeof LOG_LINE_START - 1, LOOKS = 20 };

/* Reads the line at an offset if it begins with the id (with any id if that is empty) and ends in a newline. */
static enum log_found read_line_with_id(int file, struct span id, off_t offset, struct arena *arena, struct span *line)
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
		if (have == LOG_LINE_LONGEST)
			return LOG_ABSENT;
		if (have == room) {
			bytes = arena_grow(arena, bytes, room, room * 2);
			room *= 2;
		}
	}
}

static enum log_found read_from(
	const char *path, bool shared, struct span id, struct place place, struct arena *arena, struct span *line, char where[PATH_MAX])
{
	int file = log_open(path, O_RDONLY, shared);
	enum log_found found = LOG_ABSENT;
	if (file >= 0)
		found = read_line_with_id(file, id, (off_t)place.offset, arena, line);
	else if (errno != ENOENT && errno != ENOTDIR)
		found = LOG_FAILED;
	if (found == LOG_FAILED)
		diag_system("%s: read failed", path);
	file_close(file);
	if (found == LOG_FOUND && where)
		strcpy(where, path);
	return found;
}

/* Gives the node in "YYYY-MM-DD.NODE.jsonl" of that day, or NULL. Cuts up the name. */
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

/* Looks in the files of other nodes to which the id's node number may belong. */
static enum log_found find_elsewhere(
	const struct log *log, struct span id, struct place place, struct arena *arena, struct span *line, char where[PATH_MAX])
{
	char path[PATH_MAX], date[DATE_DAY];
	enum log_found found = LOG_ABSENT;
	date_day_write(date, place.day);
	log_folder(log, path);
	DIR *folder = opendir(path);
	if (!folder && errno == ENOENT)
		return LOG_ABSENT;
	errno = 0; /* readdir gives NULL both at the end and on failure; only errno differs */
	for (struct dirent *entry; folder && found == LOG_ABSENT && (entry = readdir(folder)); errno = 0) {
		const char *node = node_of(entry->d_name, date);
		if (!node || id_node(node) != place.node || strcmp(node, log->node) == 0)
			continue;
		log_path(log, place.day, node, path);
		found = read_from(path, *log->node, id, place, arena, line, where);
	}
	if (found == LOG_ABSENT && (!folder || errno)) {
		diag_system("the log of \"%s\": its folder can't be read", log->form);
		found = LOG_FAILED;
	}
	if (folder)
		closedir(folder);
	return found;
}

static enum log_found look_for_line(
	const struct log *log, struct span id, struct arena *arena, struct span *line, struct place *place, char where[PATH_MAX])
{
	char path[PATH_MAX];
	enum log_found found = LOG_ABSENT;
	bool own = place->node == id_node(log->node);
	if (own || place->node == 0) {
		log_path(log, place->day, own ? log->node : "", path);
		found = read_from(path, *log->node, id, *place, arena, line, where);
	}
	return found == LOG_ABSENT && place->node != 0 ? find_elsewhere(log, id, *place, arena, line, where) : found;
}

/* Tells whether another host may have written the line just now, so that this one doesn't see it yet. */
static bool is_to_come(const struct log *log, struct place place)
{
	int64_t today = date_day(time(NULL));
	return *log->node && place.node != id_node(log->node) && place.day >= today - 1 && place.day <= today + 1;
}

/* Finds the line of an id, its place, and, unless where is NULL, the path of its file. Looks for a second for one that is to come. */
static enum log_found find_line(const struct log *log, const struct secret *secret, struct span id, struct arena *arena, struct span *line,
	struct place *place, char where[PATH_MAX])
{
	static const struct timespec pause = {.tv_nsec = DATE_SECOND * 1000 / LOOKS};
	if (!id_read(id, secret, place))
		return LOG_ABSENT;
	enum log_found found = look_for_line(log, id, arena, line, place, where);
	for (int i = 0; i < LOOKS && found == LOG_ABSENT && is_to_come(log, *place); i++) {
		nanosleep(&pause, NULL);
		found = look_for_line(log, id, arena, line, place, where);
	}
	return found;
}

enum log_found log_line_find(const struct log *log, const struct secret *secret, struct span id, struct arena *arena, struct span *line)
{
	struct place place;
	return find_line(log, secret, id, arena, line, &place, NULL);
}

/* Overwrites the line at an offset with its id and spaces. Its mark goes first: a power cut may leave any part of the rest undone. */
static int erase_line(int file, struct span id, off_t offset, struct arena *arena)
{
	struct span line;
	enum log_found found = read_line_with_id(file, id, offset, arena, &line);
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

enum log_found log_line_erase(const struct log *log, const struct secret *secret, struct span id, struct arena *arena)
{
	char path[PATH_MAX];
	struct span line;
	struct place place;
	enum log_found found = find_line(log, secret, id, arena, &line, &place, path);
	if (found != LOG_FOUND)
		return found;
	int file = log_open(path, O_RDWR, *log->node);
	int failed = file < 0 || file_lock(file) < 0 || erase_line(file, id, (off_t)place.offset, arena) < 0;
	if (failed)
		diag_system("%s: erasing a line failed", path);
	file_close(file);
	return failed ? LOG_FAILED : LOG_FOUND;
}

bool log_line_is_void(struct span line)
{
	return line.length >= sizeof LOG_VOID - 1 && memcmp(line.bytes, LOG_VOID, LOG_VOID_MARK + 1) == 0;
}

bool log_line_is_whole_void(struct span line)
{
	size_t n = sizeof LOG_VOID - 1;
	if (!log_line_is_void(line) || memcmp(line.bytes, LOG_VOID, n) != 0)
		return false;
	while (n < line.length && line.bytes[n] == ' ')
		n++;
	return n == line.length;
}

static int write_void(int file, off_t offset, size_t length, struct arena *arena)
{
	char *bytes = arena_take(arena, length);
	log_fill_void(bytes, length);
	return pwrite(file, bytes, length, offset) == (ssize_t)length ? 0 : -1;
}

/* Overwrites the line of an id at an offset, its mark first; 0 also if it is not there. A power cut may leave any part of the rest. */
static int void_line(int file, struct span id, off_t offset)
{
	struct arena arena = {0};
	struct span line;
	enum log_found found = read_line_with_id(file, id, offset, &arena, &line);
	int failed = found == LOG_FAILED ? -1 : 0;
	if (found == LOG_FOUND) {
		off_t mark = offset + LOG_VOID_MARK;
		failed = pwrite(file, &LOG_VOID[LOG_VOID_MARK], 1, mark) != 1 || file_flush_data(file) < 0 ||
			write_void(file, offset, line.length, &arena) < 0;
	}
	arena_free(&arena);
	return failed ? -1 : 0;
}

int log_line_void(const struct log *log, struct span id, struct place place, log_line_agreed *agreed, void *context)
{
	char path[PATH_MAX];
	int file = log_open_day(log, place.day, O_RDWR, path);
	if (file < 0 && errno == ENOENT)
		return 0;
	bool locked = file >= 0 && file_lock(file) == 0, may = locked && agreed(context);
	int failed = !locked || (may && void_line(file, id, (off_t)place.offset) < 0);
	if (failed)
		diag_system("%s: the line at offset %llu can't be made void", path, (unsigned long long)place.offset);
	file_close(file);
	errno = failed ? errno : ECANCELED;
	return failed || !may ? -1 : 0;
}

enum log_found log_line_at(const struct log *log, struct place place, struct arena *arena, struct span *line)
{
	char path[PATH_MAX];
	log_path(log, place.day, log->node, path);
	return read_from(path, false, (struct span){0}, place, arena, line, NULL);
}

int log_line_end(int file, off_t from, off_t *end)
{
	char chunk[4 * CHUNK];
	ssize_t n;
	while ((n = pread(file, chunk, sizeof chunk, from)) > 0) {
		const char *newline = memchr(chunk, '\n', (size_t)n);
		if (newline) {
			*end = from + (newline - chunk) + 1;
			return 1;
		}
		from += n;
	}
	return (int)n;
}

/* Reads the line at an offset, and gives the offset of the next, as log_line_next does. */
static enum log_found read_line_at(int file, off_t offset, struct arena *arena, struct span *line, off_t *end)
{
	size_t room = CHUNK, have = 0;
	char *bytes = arena_take(arena, room);
	while (have < LOG_LINE_LONGEST) {
		if (have == room)
			bytes = arena_grow(arena, bytes, room, room * 2), room *= 2;
		ssize_t n = pread(file, bytes + have, room - have, offset + (off_t)have);
		if (n <= 0)
			return n < 0 ? LOG_FAILED : LOG_ABSENT;
		const char *newline = memchr(bytes + have, '\n', (size_t)n);
		have += (size_t)n;
		if (newline) {
			*line = (struct span){bytes, (size_t)(newline - bytes)};
			*end = offset + (newline - bytes) + 1;
			return LOG_FOUND;
		}
	}
	int found = log_line_end(file, offset + (off_t)have, end);
	*line = (struct span){"", 0};
	return found < 0 ? LOG_FAILED : found ? LOG_FOUND : LOG_ABSENT;
}

int log_line_finish_void(const struct log *log, struct place place)
{
	char path[PATH_MAX];
	struct arena arena = {0};
	struct span line;
	off_t end;
	int file = log_open_day(log, place.day, O_RDWR, path);
	enum log_found found = file < 0 || file_lock(file) < 0 ? LOG_FAILED : read_line_at(file, (off_t)place.offset, &arena, &line, &end);
	bool unfinished = found == LOG_FOUND && log_line_is_void(line) && !log_line_is_whole_void(line);
	int failed = found == LOG_FAILED || (unfinished && write_void(file, (off_t)place.offset, line.length, &arena) < 0);
	if (failed)
		diag_system("%s: the line at offset %llu can't be made void", path, (unsigned long long)place.offset);
	file_close(file);
	arena_free(&arena);
	return failed ? -1 : 0;
}

enum log_found log_line_next(const struct log *log, struct place place, struct arena *arena, struct span *line, uint64_t *end)
{
	char path[PATH_MAX];
	off_t next = 0;
	int file = log_open_day(log, place.day, O_RDONLY, path);
	if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
		return LOG_ABSENT;
	enum log_found found = file < 0 ? LOG_FAILED : read_line_at(file, (off_t)place.offset, arena, line, &next);
	if (found == LOG_FAILED)
		diag_system("%s: read failed", path);
	file_close(file);
	if (end)
		*end = (uint64_t)next;
	return found;
}

/* Tells whether the file holds exactly these bytes at a place; errno says why not. */
static bool is_there(int file, struct span bytes, off_t at)
{
	char chunk[CHUNK];
	for (size_t done = 0, n; done < bytes.length; done += n) {
		n = bytes.length - done < CHUNK ? bytes.length - done : CHUNK;
		ssize_t got = pread(file, chunk, n, at + (off_t)done);
		if (got != (ssize_t)n || memcmp(chunk, bytes.bytes + done, n) != 0) {
			errno = got < 0 ? errno : ESTALE;
			return false;
		}
	}
	return true;
}

int log_line_renew(const struct log *log, struct span line, struct place place)
{
	char path[PATH_MAX];
	off_t at = (off_t)place.offset;
	if (!log->durable)
		return 0;
	int file = log_open_day(log, place.day, O_RDWR, path);
	int failed = file < 0 || file_lock(file) < 0 || !is_there(file, line, at) ||
		pwrite(file, line.bytes, line.length, at) != (ssize_t)line.length || file_flush_data(file) < 0;
	if (failed)
		diag_system("%s: flushing a line failed", path);
	file_close(file);
	return failed ? -1 : 0;
}
