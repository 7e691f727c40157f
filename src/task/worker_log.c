/*
 * A worker's standard error is its log, so that what the C library and the sanitizers have to say gets there too. Other workers
 * append to it at any time, so it is cut in place, under a lock of its own; a line that comes in that moment may be lost.
 */
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

enum { FILE_MODE = 0640, LOG_MAX = 1024 * 1024, LOG_KEPT = 512 * 1024 };

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
