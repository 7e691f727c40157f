/*
 * A worker's standard error is its log, so that what the C library and the sanitizers have to say gets there too. Other workers
 * append to it at any time, so it is cut in place, under a lock of its own; a line that comes in that moment may be lost.
 */
#define _GNU_SOURCE /* memmem, memrchr */
#include "task/worker_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"

enum { FILE_MODE = 0640, LOG_MAX = 1024 * 1024, LOG_KEPT = 512 * 1024, PIECE = 64 * 1024 };

static void write_log_path(const char *data, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.*s/worker.log", PATH_MAX - 20, data);
}

/* Takes messages (diag_to) and writes each with the time (UTC) before it. */
static void write_stamped(void *context, const char *line, size_t n)
{
	char out[DATE_STAMP + 1100];
	struct timespec now;
	(void)context;
	clock_gettime(CLOCK_REALTIME, &now);
	date_stamp_write(out, now);
	size_t length = strlen(out);
	out[length++] = ' ';
	n = n < sizeof out - length ? n : sizeof out - length;
	memcpy(out + length, line, n);
	if (write(STDERR_FILENO, out, length + n) < 0)
		return; /* there is nobody left to tell */
}

void worker_log_begin(void)
{
	struct stat status;
	if (fstat(STDERR_FILENO, &status) == 0 && S_ISREG(status.st_mode))
		diag_to(write_stamped, NULL);
}

/* Writes the end of the log over the whole of it, from the start of a line on, unless another worker is about to do so. */
static int keep_newest(int log, off_t size)
{
	if (flock(log, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -1;
	char *newest = malloc(LOG_KEPT);
	ssize_t n = newest ? pread(log, newest, LOG_KEPT, size - LOG_KEPT) : -1;
	const char *line = n > 0 ? memchr(newest, '\n', (size_t)n) : NULL;
	int failed = n < 0 || ftruncate(log, 0) < 0;
	if (!failed && line)
		failed = file_write(log, line + 1, (size_t)(newest + n - line - 1)) < 0;
	free(newest);
	flock(log, LOCK_UN);
	return failed ? -1 : 0;
}

int worker_log_open(const char *data)
{
	char path[PATH_MAX];
	struct stat status;
	write_log_path(data, path);
	int log = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, FILE_MODE);
	if (log >= 0 && fstat(log, &status) == 0 && status.st_size > LOG_MAX)
		keep_newest(log, status.st_size);
	return log;
}

static bool is_own_log(const char *data, off_t *size)
{
	char path[PATH_MAX];
	struct stat log, errors;
	write_log_path(data, path);
	if (fstat(STDERR_FILENO, &errors) < 0 || stat(path, &log) < 0 || log.st_dev != errors.st_dev || log.st_ino != errors.st_ino)
		return false;
	*size = log.st_size;
	return true;
}

bool worker_log_is_used(const char *data)
{
	off_t size;
	return is_own_log(data, &size);
}

void worker_log_trim(const char *data)
{
	char path[PATH_MAX];
	off_t size;
	if (!is_own_log(data, &size) || size <= LOG_MAX)
		return;
	write_log_path(data, path);
	int log = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (log < 0 || keep_newest(log, size) < 0)
		diag_system("%s: can't be cut to its newest lines", path);
	file_close(log);
}

/* Blanks each line of a piece from behind the id to its end; tells whether there was one. */
static bool blank_lines(char *piece, size_t n, struct span id)
{
	char *end = piece + n, *found;
	bool changed = false;
	while ((found = memmem(piece, (size_t)(end - piece), id.bytes, id.length))) {
		char *rest = found + id.length, *newline = memchr(rest, '\n', (size_t)(end - rest));
		piece = newline ? newline : end;
		memset(rest, ' ', (size_t)(piece - rest));
		changed = true;
	}
	return changed;
}

/* Goes through the log by pieces that end where a line does. */
static int blank_in_log(int log, struct span id)
{
	static char piece[PIECE];
	bool changed = false;
	ssize_t n;
	for (off_t at = 0; (n = pread(log, piece, sizeof piece, at)) > 0; at += n) {
		const char *newline = (size_t)n == sizeof piece ? memrchr(piece, '\n', sizeof piece) : NULL;
		if (newline)
			n = newline + 1 - piece;
		if (!blank_lines(piece, (size_t)n, id))
			continue;
		changed = true;
		if (pwrite(log, piece, (size_t)n, at) != n)
			return -1;
	}
	return n < 0 || (changed && file_flush(log) < 0) ? -1 : 0;
}

int worker_log_forget(const char *data, struct span id)
{
	char path[PATH_MAX];
	write_log_path(data, path);
	int log = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (log < 0 && errno == ENOENT)
		return 0;
	/* Without the lock, another worker might cut the log meanwhile, and the lines would be elsewhere. */
	int failed = log < 0 || file_lock(log) < 0 || blank_in_log(log, id) < 0;
	if (failed)
		diag_system("%s: erasing failed", path);
	file_close(log);
	return failed ? -1 : 0;
}
