/* The files of a log, one for each day. A file may have been edited or moved away by hand, so nothing here trusts its content. */
#include "keep/log_day.h"

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
#include "keep/log_line.h"

enum { PIECE = 256 * 1024 }; /* LOG_LINE_LONGEST is this, doubled some times */

void log_day_note(const struct log *log, uint16_t day, const char *node, char path[PATH_MAX])
{
	char date[DATE_DAY];
	date_day_write(date, day);
	snprintf(path, PATH_MAX, "%s/%s/%s%s%s.archived", log->data, log->form, date, *node ? "." : "", node);
}

bool log_day_is_archived(const struct log *log, uint16_t day)
{
	char path[PATH_MAX];
	log_day_note(log, day, log->node, path);
	return access(path, F_OK) == 0;
}

int log_day_size(const struct log *log, uint16_t day, uint64_t *size)
{
	char path[PATH_MAX];
	struct stat status;
	log_path(log, day, log->node, path);
	int failed = stat(path, &status);
	*size = failed ? 0 : (uint64_t)status.st_size;
	return failed && errno != ENOENT && errno != ENOTDIR ? -1 : 0;
}

bool log_day_named(const char *name, uint16_t *day, char node[CONFIG_NAME_MAX + 1])
{
	static const char ending[] = ".jsonl";
	char date[DATE_DAY];
	int64_t n;
	size_t length = strlen(name), least = DATE_DAY - 1 + sizeof ending - 1;
	snprintf(date, sizeof date, "%.*s", DATE_DAY - 1, name);
	if (length < least || strcmp(name + length - (sizeof ending - 1), ending) != 0 || !date_day_read(date, &n) || n < 0 ||
		n > UINT16_MAX)
		return false;
	size_t rest = length - least; /* of a node, a full stop before its name */
	if (rest == 1 || rest > CONFIG_NAME_MAX + 1 || (rest && name[DATE_DAY - 1] != '.'))
		return false;
	*day = (uint16_t)n;
	snprintf(node, CONFIG_NAME_MAX + 1, "%.*s", rest ? (int)rest - 1 : 0, name + DATE_DAY);
	return true;
}

/* Gives the newest day of which this node has a file, or the oldest from one on, as log_day_newest does. */
static int find_day(const struct log *log, int64_t from, bool newest)
{
	char path[PATH_MAX], node[CONFIG_NAME_MAX + 1];
	uint16_t day;
	int best = LOG_DAY_NONE;
	log_folder(log, path);
	DIR *folder = opendir(path);
	if (!folder && errno == ENOENT)
		return LOG_DAY_NONE;
	errno = 0; /* readdir gives NULL both at the end and on failure; only errno differs */
	for (struct dirent *entry; folder && (entry = readdir(folder)); errno = 0)
		if (log_day_named(entry->d_name, &day, node) && strcmp(node, log->node) == 0 && day >= from &&
			(best == LOG_DAY_NONE || (newest ? day > best : day < best)))
			best = day;
	bool failed = !folder || errno;
	if (failed)
		diag_system("%s: the folder can't be read", path);
	if (folder)
		closedir(folder);
	return failed ? LOG_DAY_FAILED : best;
}

int log_day_newest(const struct log *log)
{
	return find_day(log, 0, true);
}

int log_day_oldest(const struct log *log, int64_t from)
{
	return find_day(log, from, false);
}

int log_day_flush(const struct log *log, uint16_t day)
{
	char path[PATH_MAX];
	int file = log_open_day(log, day, O_RDONLY, path);
	if (file < 0 && errno == ENOENT)
		return 0;
	int failed = file < 0 || file_flush_data(file) < 0;
	if (failed)
		diag_system("%s: flush failed", path);
	file_close(file);
	return failed ? -1 : 0;
}

/* A walk through a file, a piece at a time. */
struct walk {
	int file;
	const char *path;
	uint16_t day;
	log_taker *take;
	void *context;
	int ended;   /* what the taker gave */
	char *piece; /* what was read and not handed over yet */
	size_t room, have;
	off_t offset; /* of the piece */
};

static void take_line(struct walk *walk, off_t offset, struct span line)
{
	struct place place = {walk->day, 0, (uint64_t)offset};
	walk->ended = walk->take(walk->context, place, line);
}

/* Hands over the lines that end in the piece, and drops them. */
static void take_lines(struct walk *walk)
{
	size_t done = 0;
	const char *start, *end;
	while (!walk->ended && done < walk->have && (end = memchr(start = walk->piece + done, '\n', walk->have - done))) {
		take_line(walk, walk->offset + (off_t)done, (struct span){start, (size_t)(end - start)});
		done += (size_t)(end - start) + 1;
	}
	memmove(walk->piece, walk->piece + done, walk->have -= done);
	walk->offset += (off_t)done;
}

/* Passes over a line that is too long: 1, or 0 if it has no end; -1 and errno on failure. */
static int pass_long_line(struct walk *walk)
{
	off_t start = walk->offset, end;
	int found = log_line_end(walk->file, start + (off_t)walk->have, &end);
	if (found <= 0)
		return found;
	diag_error("%s: the line at offset %lld was passed over: it is longer than %d MiB", walk->path, (long long)start,
		LOG_LINE_LONGEST >> 20);
	walk->offset = end;
	walk->have = 0;
	take_line(walk, start, (struct span){"", 0});
	return 1;
}

/* Makes the piece larger, for a line that is longer. Gives the same as pass_long_line. */
static int make_piece_room(struct walk *walk)
{
	if (walk->room == LOG_LINE_LONGEST)
		return pass_long_line(walk);
	char *larger = realloc(walk->piece, walk->room * 2);
	if (!larger)
		return -1;
	walk->piece = larger;
	walk->room *= 2;
	return 1;
}

static int walk_file(struct walk *walk)
{
	walk->room = PIECE;
	walk->piece = malloc(walk->room);
	ssize_t n = walk->piece ? 1 : -1;
	while (n > 0 && !walk->ended) {
		n = pread(walk->file, walk->piece + walk->have, walk->room - walk->have, walk->offset + (off_t)walk->have);
		if (n <= 0)
			break;
		walk->have += (size_t)n;
		take_lines(walk);
		if (walk->have == walk->room)
			n = make_piece_room(walk);
	}
	free(walk->piece);
	return n < 0 ? -1 : 0;
}

int log_day_each(const struct log *log, struct place from, log_taker *take, void *context)
{
	char path[PATH_MAX];
	struct walk walk = {.file = log_open_day(log, from.day, O_RDONLY, path),
		.path = path,
		.day = from.day,
		.take = take,
		.context = context,
		.offset = (off_t)from.offset};
	int failed = walk.file < 0 ? (errno != ENOENT && errno != ENOTDIR) : walk_file(&walk) < 0;
	if (failed)
		diag_system("%s: read failed", path);
	file_close(walk.file);
	return failed ? -1 : walk.ended;
}
