/*
 * Loaded before the program (LD_PRELOAD), makes one system call of a post fail, last or be its end. The file $STEP_FILE holds five
 * int64_t, which a test may change at any time:
 *
 *   call     which call: 1 symlink, 2 link, 3 readlink, 4 mkdir, 5 stat, 6 fsync, 7 fdatasync, 8 pwrite; 0: none. The first five count only
 *            on paths of claims
 *   count    the how manieth from now on, from 1 on; each call counts it down
 *   act      1: it fails before it is made, 2: after it was made; 3 and 4: the process sleeps before or after it, until call is 0
 *            or another step is set; 5 and 6: the process ends before or after it
 *   error    with which errno it fails
 *   reached  how often it has come to that
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SYMLINK = 1, LINK, READLINK, MKDIR, STAT, FSYNC, FDATASYNC, PWRITE };
enum { FAIL_BEFORE = 1, FAIL_AFTER, SLEEP_BEFORE, SLEEP_AFTER, END_BEFORE, END_AFTER };

static struct {
	_Atomic int64_t call, count, act, error, reached;
} * step;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("STEP_FILE");
	int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *map = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *step, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (map == MAP_FAILED)
		abort();
	step = map;
	close(file);
}

static bool is_of_claims(int at, const char *path)
{
	char link[64], folder[4096];
	if (at == AT_FDCWD)
		return strstr(path, "/claims/");
	snprintf(link, sizeof link, "/proc/self/fd/%d", at);
	long n = syscall(SYS_readlinkat, AT_FDCWD, link, folder, sizeof folder - 1);
	folder[n > 0 ? n : 0] = '\0';
	return strstr(folder, "/claims/");
}

/* Tells whether it has come to this call. */
static bool reached(int call, int at, const char *path)
{
	return step->call == call && (!path || is_of_claims(at, path)) && --step->count == 0;
}

static void sleep_on(void)
{
	int64_t reached = step->reached;
	while (step->call && step->reached == reached)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Makes a call, or what is to happen in place of it. */
static long make(int call, int at, const char *path, long number, long a, long b, long c, long d, long e)
{
	if (!reached(call, at, path))
		return syscall(number, a, b, c, d, e);
	int64_t act = step->act;
	step->reached++;
	if (act == SLEEP_BEFORE)
		sleep_on();
	if (act == END_BEFORE)
		_exit(9);
	long result = act == FAIL_BEFORE ? -1 : syscall(number, a, b, c, d, e);
	if (act == SLEEP_AFTER)
		sleep_on();
	if (act == END_AFTER)
		_exit(9);
	if (act == FAIL_BEFORE || act == FAIL_AFTER) {
		errno = (int)step->error;
		return -1;
	}
	return result;
}

int symlinkat(const char *text, int at, const char *path)
{
	return (int)make(SYMLINK, at, path, SYS_symlinkat, (long)text, at, (long)path, 0, 0);
}

int symlink(const char *text, const char *path)
{
	return symlinkat(text, AT_FDCWD, path);
}

int linkat(int from, const char *old, int at, const char *path, int how)
{
	return (int)make(LINK, at, path, SYS_linkat, from, (long)old, at, (long)path, how);
}

ssize_t readlinkat(int at, const char *path, char *text, size_t n)
{
	return make(READLINK, at, path, SYS_readlinkat, at, (long)path, (long)text, (long)n, 0);
}

ssize_t readlink(const char *path, char *text, size_t n)
{
	return readlinkat(AT_FDCWD, path, text, n);
}

int mkdirat(int at, const char *path, mode_t mode)
{
	return (int)make(MKDIR, at, path, SYS_mkdirat, at, (long)path, (long)mode, 0, 0);
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int fstatat64(int at, const char *path, struct stat64 *status, int how)
{
	return (int)make(STAT, at, path, SYS_newfstatat, at, (long)path, (long)status, how, 0);
}

int stat64(const char *path, struct stat64 *status)
{
	return fstatat64(AT_FDCWD, path, status, 0);
}

int lstat64(const char *path, struct stat64 *status)
{
	return fstatat64(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int fsync(int file)
{
	return (int)make(FSYNC, -1, NULL, SYS_fsync, file, 0, 0, 0, 0);
}

int fdatasync(int file)
{
	return (int)make(FDATASYNC, -1, NULL, SYS_fdatasync, file, 0, 0, 0, 0);
}

ssize_t pwrite64(int file, const void *bytes, size_t n, off64_t at)
{
	return make(PWRITE, -1, NULL, SYS_pwrite64, file, (long)bytes, (long)n, (long)at, 0);
}
