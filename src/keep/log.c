/*
 * DATA/FORM/YYYY-MM-DD.jsonl, or YYYY-MM-DD.NODE.jsonl if several hosts share the data folder: each host writes to its own files.
 * A line is one JSON object and a newline; it begins with {"id":"… . The day is that of the append, in UTC.
 *
 * log_write takes the file's lock (flock), makes sure that the file still has its name and ends in a newline, writes the line in
 * one call and releases the lock. Only then log_flush flushes, so that many processes share one flush (flushes.c).
 *
 *   state                               cause                                what happens
 *   the file ends in a newline          every line is whole                  -
 *   the file ends in anything else      a writer died in write()             the next append cuts the tail, which nobody was promised
 *   a line that is not JSON             a power cut before its flush         readers skip it
 *   the file is empty                   nothing was kept yet                 the lock's holder makes its name durable first
 *   a line {"void":true} and spaces     its flush failed                     readers skip it
 *   an empty line                       a claim of a key was put before it   readers skip it; see keyed_claims.c
 *   an id, LOG_ERASED and spaces        the line was erased                  its URI answers 410
 *   an id, the mark and anything else   a power cut while it was erased      its URI answers 410, and asking again erases it
 *
 * The moment of success is the return of fdatasync, this process's own or another's: it comes after the line was written and
 * covers all lines before it. A file's name is durable before its first line is written: the process that holds the lock and sees
 * an empty file flushes the folders, so a process that finds a line in it need not. After a failed flush the line is taken back
 * and the visitor is told that the message was not kept; the flush is not tried again for the same line. Linux reports a failed
 * write-back once to every open file description, so other writers of the same file learn of it too.
 */
#define _GNU_SOURCE /* statx */
#include "keep/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/path.h"
#include "keep/nodes.h"
#include "keep/steady.h"

enum { CHUNK = 4096, START = sizeof LOG_LINE_START - 1 };

void log_begin(struct log *log, const char *data, const char *form, const char *node, bool durable)
{
	*log = (struct log){.data = data, .form = form, .node = node, .durable = durable};
	day_file_begin(&log->file);
	held_folder_begin(&log->claims);
	flushes_begin(&log->flushes);
}

/* Forgets what this process knew about the file that it had open before. */
static void forget_file(struct log *log)
{
	log->lines = 0;
	log->end = 0;
	flushes_end(&log->flushes);
}

void log_end(struct log *log)
{
	day_file_end(&log->file);
	forget_file(log);
	held_folder_end(&log->claims);
}

void log_folder(const struct log *log, char path[PATH_MAX])
{
	path_write(path, log->data, "/", log->form, NULL);
}

void log_path(const struct log *log, uint16_t day, const char *node, char path[PATH_MAX])
{
	char date[DATE_DAY];
	date_day_write(date, day);
	path_write(path, log->data, "/", log->form, "/", date, *node ? "." : "", node, ".jsonl", NULL);
}

/* Has the file system ask for the file's size again, and drop what it keeps of the file in memory. */
static void forget_kept(int file)
{
#ifdef STATX_SIZE
	struct statx status;
	statx(file, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_SIZE, &status);
#endif
	posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
}

int log_open(const char *path, int flags, bool shared)
{
	struct stat status = {0};
	int file = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	if (file >= 0 && shared)
		forget_kept(file);
	if (file < 0 || (fstat(file, &status) == 0 && S_ISREG(status.st_mode)))
		return file;
	close(file);
	errno = S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
	return -1;
}

int log_open_day(const struct log *log, uint16_t day, int flags, char path[PATH_MAX])
{
	log_path(log, day, log->node, path);
	return log_open(path, flags, *log->node);
}

/* Locks the file of a day, and gives its size. */
static int lock_day(struct log *log, uint16_t day, const char *path, off_t *size)
{
	char turn[PATH_MAX];
	struct day_place place = {.path = path, .shared = *log->node, .day = day};
	bool had_one = log->file.descriptor >= 0;
	if (log->local && *log->node && path_write(turn, log->local, "/", log->form, ".turn.", log->node, NULL) == 0)
		place.turn = turn;
	int opened = day_file_lock(&log->file, &place, size);
	if (opened > 0)
		forget_file(log);
	if (opened > 0 && had_one) /* the folder of claims may be another one too */
		held_folder_end(&log->claims);
	return opened < 0 ? -1 : 0;
}

/* Locks the file of a line that this process has just written, or else the day's, and gives its size. */
static int lock_written(struct log *log, const struct log_line *line, uint16_t day, const char *path, off_t *size)
{
	if (line && log->file.descriptor >= 0 && log->file.day == day) {
		if (day_file_lock_again(&log->file, size) == 0)
			return 0;
		if (errno != ESTALE)
			return -1;
		day_file_close(&log->file); /* on a network file system the handle can go stale while the file is still there */
	}
	return lock_day(log, day, path, size);
}

/* Gives the offset at which the line before end begins; -1 and errno. */
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

/* Overwrites a range with zeroes, and flushes. */
static int zero_bytes(int file, off_t from, off_t to)
{
	static const char nothing[CHUNK];
	while (from < to) {
		ssize_t n = pwrite(file, nothing, to - from < CHUNK ? (size_t)(to - from) : CHUNK, from);
		if (n < 0 && errno != EINTR)
			return -1;
		from += n > 0 ? n : 0;
	}
	return file_flush_data(file);
}

/*
 * Cuts a tail that doesn't end in a newline. The tail is zeroed first: a power cut may keep only some blocks of the line that takes
 * its place, and the others would show the tail. A file that is as long as this process left it has none.
 */
static int cut_torn_tail(struct log *log, const char *path, off_t *size)
{
	char last;
	if (*size == 0 || *size == log->end)
		return 0;
	ssize_t n = pread(log->file.descriptor, &last, 1, *size - 1);
	if (n == 1 && last == '\n')
		return 0;
	if (n == 0)
		errno = EIO;
	off_t begin = n == 1 ? line_begin(log->file.descriptor, *size) : -1;
	if (begin < 0 || (log->durable && zero_bytes(log->file.descriptor, begin, *size) < 0) || ftruncate(log->file.descriptor, begin) < 0)
		return -1;
	diag_note("%s: cut off %lld bytes of an unfinished line", path, (long long)(*size - begin));
	*size = begin;
	return 0;
}

/*
 * Makes the names of a new file, its folder and the data folder durable. If the folder above may not be read, this program did not
 * write to it either.
 */
static int sync_names(const struct log *log)
{
	char folder[PATH_MAX], above[PATH_MAX];
	log_folder(log, folder);
	snprintf(above, sizeof above, "%.*s/..", (int)(sizeof above - 4), log->data);
	if (folder_sync(folder) < 0 || folder_sync(log->data) < 0)
		return -1;
	return folder_sync(above) < 0 && errno != EACCES ? -1 : 0;
}

static int write_line(struct log *log, const char *line, size_t n, off_t at)
{
	ssize_t written;
	do
		written = pwrite(log->file.descriptor, line, n, at);
	while (written < 0 && errno == EINTR);
	if (written == (ssize_t)n)
		return 0;
	if (written >= 0)
		errno = ENOSPC; /* what a second call would give */
	int reason = errno;
	if (ftruncate(log->file.descriptor, at) < 0)
		diag_system("the log of \"%s\": an unfinished line can't be cut off now; the next append will do it", log->form);
	errno = reason;
	return -1;
}

void log_fill_void(char *bytes, size_t n)
{
	memset(bytes, ' ', n);
	memcpy(bytes, LOG_VOID, sizeof LOG_VOID - 1);
}

int log_take_back(struct log *log, struct log_line *line)
{
	off_t at = (off_t)line->place.offset, n = (off_t)line->length, size;
	int failed = log->file.descriptor < 0 || day_file_lock_again(&log->file, &size) < 0;
	if (!failed && size == at + n) {
		failed = ftruncate(log->file.descriptor, at);
	} else if (!failed) {
		log_fill_void(line->bytes, line->length - 1);
		failed = pwrite(log->file.descriptor, line->bytes, line->length, at) != (ssize_t)n;
	}
	if (failed)
		diag_system("the log of \"%s\": the line at offset %lld can't be taken back, though its post was answered 503", log->form,
			(long long)at);
	log_end(log); /* the next request opens the file again */
	return failed ? -1 : 0;
}

/*
 * Sees to what the first line of a day relies on: no other host writes here, names are durable and, if the line is of now, the clock was
 * looked at.
 */
static int begin_day(const struct log *log, const time_t *now)
{
	struct steady steady;
	if (!*log->node && nodes_allow_unnamed(log->data) < 0)
		return -1;
	if (now) /* no post depends on it; the worker flushes it, and logs a failure */
		steady_look(log->data, log->node, *now, false, &steady);
	return sync_names(log);
}

static int write_locked(struct log *log, const struct log_line *line, const time_t *now, const struct log_claim *claim)
{
	off_t size = (off_t)line->place.offset;
	if (size + (off_t)line->length > (off_t)ID_OFFSET_END) {
		errno = EFBIG;
		return -1;
	}
	if (size == 0 && begin_day(log, now) < 0)
		return -1;
	if (claim && claim->take(claim->context, line->place) < 0)
		return -1;
	if (write_line(log, line->bytes, line->length, size) < 0)
		return -1;
	log->end = size + (off_t)line->length;
	return 0;
}

/* Shares flushes from the second line on, since a CGI process writes only one. If sharing fails, it isn't tried for every line. */
static void take_ticket(struct log *log)
{
	char path[PATH_MAX];
	const char *folder = log->local ? log->local : log->data, *between = log->local ? "." : "/";
	if (log->lines == 1 &&
		snprintf(path, sizeof path, "%s/%s%sflushes%s%s", folder, log->form, between, *log->node ? "." : "", log->node) < PATH_MAX)
		flushes_join(&log->flushes, path, log->file.device, log->file.inode);
	log->lines += log->lines < 2;
	log->ticket = flushes_ticket(&log->flushes);
}

/* Lets go of the log after an append, and logs a failure: 0, or -1. */
static int end_append(struct log *log, const char *path, int failed)
{
	if (failed) {
		if (errno == ETIMEDOUT)
			diag_error("%s: append failed: another process has held its lock for %d seconds", path, FILE_LOCK_SECONDS);
		else
			diag_system("%s: append failed", path);
		log_end(log); /* releases the lock too */
		return -1;
	}
	if (log->durable)
		take_ticket(log);
	day_file_unlock(&log->file);
	return 0;
}

/* Writes a line into the log of a day; now is the time, or NULL where the day is not that of now. */
static int write_in_day(struct log *log, const struct secret *secret, struct log_line *line, uint16_t day, const time_t *now,
	const struct log_claim *claim, char id[ID_LENGTH + 1])
{
	char path[PATH_MAX];
	unsigned char random[ID_RANDOM];
	off_t size;
	log_path(log, day, log->node, path);
	id_random(random);
	int failed = lock_day(log, day, path, &size);
	if (!failed)
		failed = cut_torn_tail(log, path, &size);
	if (!failed) {
		line->place = (struct place){day, id_node(log->node), (uint64_t)size};
		id_write(id, secret, random, line->place);
		memcpy(line->bytes + START, id, ID_LENGTH);
		failed = write_locked(log, line, now, claim);
	}
	return end_append(log, path, failed);
}

int log_write(struct log *log, const struct secret *secret, struct log_line *line, time_t now, const struct log_claim *claim,
	char id[ID_LENGTH + 1])
{
	return write_in_day(log, secret, line, (uint16_t)date_day(now), &now, claim, id);
}

int log_write_beside(struct log *log, const struct secret *secret, struct log_line *line, uint16_t day, char id[ID_LENGTH + 1])
{
	return write_in_day(log, secret, line, day, NULL, NULL, id);
}

/* Tells whether a line is where this process has written it; errno says why not. */
static bool is_still_there(const struct log *log, const struct log_line *line)
{
	char start[START + ID_LENGTH];
	ssize_t n = pread(log->file.descriptor, start, sizeof start, (off_t)line->place.offset);
	if (n == (ssize_t)sizeof start && memcmp(start, line->bytes, sizeof start) == 0)
		return true;
	errno = n < 0 ? errno : ESTALE;
	return false;
}

void log_refresh(struct log *log)
{
	if (log->file.descriptor >= 0)
		forget_kept(log->file.descriptor);
}

int log_note(struct log *log, const struct log_line *line, time_t now)
{
	char path[PATH_MAX];
	uint16_t day = line ? line->place.day : (uint16_t)date_day(now);
	off_t size;
	log_path(log, day, log->node, path);
	int failed = lock_written(log, line, day, path, &size);
	if (!failed)
		failed = (line && !is_still_there(log, line)) || cut_torn_tail(log, path, &size) < 0 ||
				(size == 0 && begin_day(log, &now) < 0)
			? -1
			: write_line(log, "\n", 1, size);
	log->end = failed ? 0 : size + 1;
	return end_append(log, path, failed);
}

int log_flush(struct log *log)
{
	if (!log->durable || (log->file.descriptor >= 0 && flushes_flush(&log->flushes, log->file.descriptor, log->ticket) == 0))
		return 0;
	diag_system("the log of \"%s\": flush failed", log->form);
	return -1;
}

int log_append(struct log *log, const struct secret *secret, char *bytes, size_t n, time_t now, char id[ID_LENGTH + 1])
{
	struct log_line line = {.bytes = bytes, .length = n};
	if (log_write(log, secret, &line, now, NULL, id) < 0)
		return -1;
	if (log_flush(log) == 0)
		return 0;
	log_take_back(log, &line);
	return -1;
}
