/* Calls on open files that carry on after an interruption. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"

enum { FILE_MODE = 0640, HOUR = 60 * 60 };

int file_write(int descriptor, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(descriptor, bytes, n);
		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

void file_close(int descriptor)
{
	int reason = errno;
	if (descriptor >= 0)
		close(descriptor);
	errno = reason;
}

static int read_open(int descriptor, char *bytes, size_t most, size_t *have)
{
	for (ssize_t n; *have <= most; *have += (size_t)n) {
		n = read(descriptor, bytes + *have, most + 1 - *have);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0)
			return 0;
		n = n < 0 ? 0 : n;
	}
	errno = EFBIG;
	return -1;
}

int file_read(const char *path, size_t most, struct arena *arena, struct span *content)
{
	struct stat status;
	size_t have = 0;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0)
		return -1;
	int failed = fstat(descriptor, &status);
	if (!failed && status.st_size >= 0 && (size_t)status.st_size < most)
		most = (size_t)status.st_size;
	char *bytes = failed ? NULL : arena_take(arena, most + 2);
	if (!failed)
		failed = read_open(descriptor, bytes, most, &have);
	file_close(descriptor);
	*content = (struct span){bytes, have};
	return failed;
}

int file_flush(int descriptor)
{
	int failed;
	do
		failed = fsync(descriptor);
	while (failed && errno == EINTR);
	return failed;
}

int file_flush_data(int descriptor)
{
	int failed;
	do
		failed = fdatasync(descriptor);
	while (failed && errno == EINTR);
	return failed;
}

int file_reserve(int descriptor, off_t n)
{
	int reason;
	do
		reason = posix_fallocate(descriptor, 0, n);
	while (reason == EINTR);
	if (reason == 0 || reason == EOPNOTSUPP || reason == EINVAL || reason == ENOSYS)
		return 0;
	errno = reason;
	return -1;
}

static void wake_from_lock(int signal)
{
	(void)signal; /* it only interrupts flock */
}

/* Has SIGALRM interrupt system calls every 100 ms; each is followed by another, since one may come right before flock. */
static void begin_interrupting(struct sigaction *before)
{
	const struct itimerval timer = {{0, 100000}, {0, 100000}};
	struct sigaction action = {.sa_handler = wake_from_lock};
	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, before);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void end_interrupting(const struct sigaction *before)
{
	setitimer(ITIMER_REAL, &(const struct itimerval){{0, 0}, {0, 0}}, NULL);
	sigaction(SIGALRM, before, NULL);
}

/* Sleeping and waking take longer than others hold the lock, so it is tried a few times first. */
int file_lock(int descriptor)
{
	enum { TRIES = 20 };
	struct sigaction before;
	int failed = flock(descriptor, LOCK_EX | LOCK_NB);
	for (int i = 1; failed && errno == EWOULDBLOCK && i < TRIES; i++)
		failed = flock(descriptor, LOCK_EX | LOCK_NB);
	if (!failed || (errno != EWOULDBLOCK && errno != EINTR))
		return failed;
	const int64_t end = date_uptime() + FILE_LOCK_SECONDS * DATE_SECOND;
	begin_interrupting(&before);
	do
		failed = flock(descriptor, LOCK_EX);
	while (failed && errno == EINTR && date_uptime() < end);
	int reason = failed && errno == EINTR ? ETIMEDOUT : errno;
	end_interrupting(&before);
	errno = reason;
	return failed;
}

int file_put(const char *path, const char *bytes, size_t n, bool durable, bool new)
{
	char fresh[PATH_MAX];
	if ((size_t)snprintf(fresh, sizeof fresh, "%s.%ld.new", path, (long)getpid()) >= sizeof fresh)
		return errno = ENAMETOOLONG, -1;
	int file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
	if (file < 0)
		return -1;
	int failed = file_write(file, bytes, n) < 0 || (durable && file_flush(file) < 0);
	failed |= close(file);
	if (!failed)
		failed = new ? link(fresh, path) < 0 && errno != EEXIST : rename(fresh, path) < 0;
	int reason = errno;
	if (failed || new)
		unlink(fresh);
	errno = reason;
	return failed ? -1 : 0;
}

bool file_is_left_over(const char *path, struct stat *status)
{
	return stat(path, status) == 0 && status->st_mtime < time(NULL) - HOUR;
}
