/*
 * DATA/FORM/YYYY-MM-DD.jsonl, or YYYY-MM-DD.NODE.jsonl where hosts share a data folder: each writes to files of its own.
 * A line is one JSON object and a newline; {"id":"…" comes first. The day is that of the append, in UTC.
 *
 * An append takes the file's lock (flock), makes sure that the file is still the one of that name and ends in a newline,
 * writes the line in one call, lets the lock go, and only then flushes, so that many processes share one flush.
 *
 *   state of the file                what it means              who mends it
 *   ends in a newline                every line is whole        -
 *   ends in anything else            a writer died in write()   the next append cuts it: nobody was told it was kept
 *   is empty                         nothing was ever kept      whoever has the lock makes its name durable first
 *   a line of LOG_VOID and spaces    a flush failed             nobody; it is skipped
 *
 * The moment of success is the return of fdatasync: it is called after the line was written and covers all that stands
 * before it in the file. A name is durable before the first line is written under it, since the lock-holder that sees an
 * empty file flushes the folders; so whoever finds a file with a line in it need not. A flush that failed is not tried
 * again for the same line: the line is taken back, and the visitor is told that the message was not kept. Linux reports a
 * failed write-back once to every file that was open then, so another writer of the same file learns of it from its own
 * fdatasync.
 */
#include "log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "date.h"
#include "diag.h"
#include "folder.h"

enum { FILE_MODE = 0640, CHUNK = 4096, START = sizeof LOG_LINE_START - 1 };

static const char void_line[] = "{\"void\":true}";

void log_begin(struct log *log, const char *data, const char *form, const char *node, bool durable)
{
	*log = (struct log){.data = data, .form = form, .node = node, .durable = durable, .file = -1};
}

void log_end(struct log *log)
{
	if (log->file >= 0)
		close(log->file); /* nothing rests on it: what was acknowledged is flushed */
	log->file = -1;
}

static void folder_write(const struct log *log, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", log->data, log->form);
}

static void path_write(const struct log *log, uint16_t day, const char *node, char path[PATH_MAX])
{
	char date[DATE_DAY];
	date_day_write(date, day);
	snprintf(path, PATH_MAX, "%s/%s/%s%s%s.jsonl", log->data, log->form, date, *node ? "." : "", node);
}

/* --- appending ---------------------------------------------------------------------------------------------- */

static int lock(int file, int operation)
{
	int failed;
	do
		failed = flock(file, operation);
	while (failed && errno == EINTR);
	return failed;
}

static int flush(int file)
{
	int failed;
	do
		failed = fdatasync(file);
	while (failed && errno == EINTR);
	return failed;
}

static int open_day(struct log *log, uint16_t day, const char *path)
{
	struct stat status;
	char folder[PATH_MAX];
	log_end(log);
	log->day = day;
	log->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	if (log->file < 0 && errno == ENOENT) {
		folder_write(log, folder);
		if (folder_make(folder) == 0)
			log->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	}
	if (log->file < 0 || fstat(log->file, &status) < 0)
		return -1;
	log->device = status.st_dev;
	log->inode = status.st_ino;
	return 0;
}

/* Opens and locks the day's file, and gives its size; a file that was renamed or removed meanwhile is let go. */
static int lock_day(struct log *log, uint16_t day, const char *path, off_t *size)
{
	enum { TRIES = 100 };
	struct stat status;
	for (int i = 0; i < TRIES; i++) {
		if ((log->file < 0 || log->day != day) && open_day(log, day, path) < 0)
			return -1;
		if (lock(log->file, LOCK_EX) < 0)
			return -1;
		if (stat(path, &status) == 0 && status.st_dev == log->device && status.st_ino == log->inode) {
			*size = status.st_size;
			return 0;
		}
		log_end(log);
	}
	errno = EAGAIN;
	return -1;
}

/* Gives where the line that holds the byte before end begins, or -1. */
static off_t line_begin(int file, off_t end)
{
	char chunk[CHUNK];
	while (end > 0) {
		off_t from = end > CHUNK ? end - CHUNK : 0;
		ssize_t n = pread(file, chunk, (size_t)(end - from), from);
		if (n != (ssize_t)(end - from)) {
			errno = n < 0 ? errno : EIO;
			return -1;
		}
		for (ssize_t i = n; i > 0; i--)
			if (chunk[i - 1] == '\n')
				return from + i;
		end = from;
	}
	return 0;
}

/* Cuts a tail that no newline ends. */
static int mend_tail(struct log *log, const char *path, off_t *size)
{
	char last;
	if (*size == 0)
		return 0;
	ssize_t n = pread(log->file, &last, 1, *size - 1);
	if (n == 1 && last == '\n')
		return 0;
	if (n == 0)
		errno = EIO;
	off_t begin = n == 1 ? line_begin(log->file, *size) : -1;
	if (begin < 0 || ftruncate(log->file, begin) < 0)
		return -1;
	diag_note("%s: cut %lld bytes of a line that was never finished", path, (long long)(*size - begin));
	*size = begin;
	return 0;
}

/*
 * Makes the name of a new file durable, those of its folder and of the data folder too. A folder above that may not be read was
 * not written to by this program either.
 */
static int sync_names(const struct log *log)
{
	char folder[PATH_MAX], above[PATH_MAX];
	folder_write(log, folder);
	snprintf(above, sizeof above, "%.*s/..", (int)(sizeof above - 4), log->data);
	if (folder_sync(folder) < 0 || folder_sync(log->data) < 0)
		return -1;
	return folder_sync(above) < 0 && errno != EACCES ? -1 : 0;
}

static int write_line(struct log *log, const char *line, size_t n, off_t at)
{
	ssize_t written;
	do
		written = pwrite(log->file, line, n, at);
	while (written < 0 && errno == EINTR);
	if (written == (ssize_t)n)
		return 0;
	if (written >= 0)
		errno = ENOSPC; /* what a second call would say */
	int reason = errno;
	if (ftruncate(log->file, at) < 0)
		diag_system("the log of \"%s\": can't cut an unfinished line", log->form); /* the next append will */
	errno = reason;
	return -1;
}

/* Takes back a line whose flush failed: cut where it is the last, else made void; the line is overwritten. */
static void take_back(struct log *log, char *line, size_t n, off_t at)
{
	struct stat status;
	int failed = lock(log->file, LOCK_EX) < 0 || fstat(log->file, &status) < 0;
	if (!failed && status.st_size == at + (off_t)n) {
		failed = ftruncate(log->file, at);
	} else if (!failed) {
		memset(line, ' ', n - 1);
		memcpy(line, void_line, sizeof void_line - 1);
		failed = pwrite(log->file, line, n, at) != (ssize_t)n;
	}
	if (failed)
		diag_system("the log of \"%s\": can't take back the line at %lld", log->form, (long long)at);
	log_end(log); /* the next request opens it anew */
}

static int append_locked(struct log *log, const char *line, size_t n, off_t size)
{
	if (size + (off_t)n > (off_t)ID_OFFSET_END) {
		errno = EFBIG;
		return -1;
	}
	if (size == 0 && sync_names(log) < 0)
		return -1;
	return write_line(log, line, n, size);
}

int log_append(struct log *log, const struct secret *secret, char *line, size_t n, time_t now, char id[ID_LENGTH + 1])
{
	char path[PATH_MAX];
	unsigned char random[ID_RANDOM];
	uint16_t day = (uint16_t)date_day(now);
	off_t size;
	path_write(log, day, log->node, path);
	id_random(random);
	int failed = lock_day(log, day, path, &size);
	if (!failed)
		failed = mend_tail(log, path, &size);
	if (!failed) {
		id_write(id, secret, random, (struct place){day, id_node(log->node), (uint64_t)size});
		memcpy(line + START, id, ID_LENGTH);
		failed = append_locked(log, line, n, size);
	}
	if (failed) {
		diag_system("%s: can't append", path);
		log_end(log); /* and with it the lock */
		return -1;
	}
	lock(log->file, LOCK_UN);
	if (log->durable && flush(log->file) < 0) {
		diag_system("%s: can't flush", path);
		take_back(log, line, n, size);
		return -1;
	}
	return 0;
}

/* --- finding ------------------------------------------------------------------------------------------------- */

/* Reads the line at an offset if it begins with the id and ends in a newline. */
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
		    memcmp(bytes + START, id.bytes, ID_LENGTH) != 0 || (!end && n == 0))
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

static enum log_found read_file(const char *path, struct span id, struct place place, struct arena *arena, struct span *line)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	enum log_found found = LOG_ABSENT;
	if (file >= 0)
		found = read_line(file, id, (off_t)place.offset, arena, line);
	else if (errno != ENOENT && errno != ENOTDIR)
		found = LOG_FAILED;
	if (found == LOG_FAILED)
		diag_system("%s: can't read", path);
	if (file >= 0)
		close(file);
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
	struct span *line)
{
	char path[PATH_MAX], date[DATE_DAY];
	enum log_found found = LOG_ABSENT;
	date_day_write(date, place.day);
	folder_write(log, path);
	DIR *folder = opendir(path);
	if (!folder && errno == ENOENT)
		return LOG_ABSENT;
	errno = 0; /* readdir's end and its failure differ in this alone */
	for (struct dirent *entry; folder && found == LOG_ABSENT && (entry = readdir(folder)); errno = 0) {
		const char *node = node_of(entry->d_name, date);
		if (!node || id_node(node) != place.node || strcmp(node, log->node) == 0)
			continue;
		path_write(log, place.day, node, path);
		found = read_file(path, id, place, arena, line);
	}
	if (found == LOG_ABSENT && (!folder || errno)) {
		diag_system("the log of \"%s\": can't look through its folder", log->form);
		found = LOG_FAILED;
	}
	if (folder)
		closedir(folder);
	return found;
}

enum log_found log_find(const struct log *log, const struct secret *secret, struct span id, struct arena *arena,
	struct span *line)
{
	struct place place;
	char path[PATH_MAX];
	enum log_found found = LOG_ABSENT;
	if (!id_read(id, secret, &place))
		return LOG_ABSENT;
	bool own = place.node == id_node(log->node);
	if (own || place.node == 0) {
		path_write(log, place.day, own ? log->node : "", path);
		found = read_file(path, id, place, arena, line);
	}
	return found == LOG_ABSENT && place.node != 0 ? find_elsewhere(log, id, place, arena, line) : found;
}
