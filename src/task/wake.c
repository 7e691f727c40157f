/*
 * The lock of DATA/worker (worker.NODE) tells whether a worker works. Who finds it free starts one; who finds it taken need not: a
 * worker that lets go looks once more whether anything is left. It is started through a process between that ends at once and a
 * session of its own, so that no web server or manager waits for it or ends it; what it has to say goes to DATA/worker.log.
 *
 * A process that is locked in (sandbox.h) can start nothing. It asks one that sees no request, by a byte, and waits for the byte
 * to come back.
 */
#define _GNU_SOURCE /* close_range */
#include "task/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/path.h"

enum { FILE_MODE = 0640, LOG_MAX = 1024 * 1024 };

static void lock_path(const struct config *config, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/worker%s%s", config->data, *config->node ? "." : "", config->node);
}

int wake_lock(const struct config *config)
{
	char path[PATH_MAX];
	lock_path(config, path);
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0)
		return file;
	file_close(file);
	return -1;
}

void wake_mark(int lock)
{
	if (futimens(lock, NULL) < 0)
		diag_system("it can't be set down that a worker has begun");
}

bool wake_due(const struct config *config)
{
	char path[PATH_MAX];
	struct stat status;
	lock_path(config, path);
	return stat(path, &status) < 0 || date_day(status.st_mtime) != date_day(time(NULL));
}

/* In the grandchild: becomes the worker. */
_Noreturn static void become(const char *log, const char *config)
{
	char setting[PATH_MAX + 32];
	struct stat status;
	char *const arguments[] = {"seeother", "work", "once", NULL};
	char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", setting, NULL};
	snprintf(setting, sizeof setting, "SEEOTHER_CONFIG=%s", config);
	int nothing = open("/dev/null", O_RDWR), errors = open(log, O_WRONLY | O_CREAT | O_APPEND, FILE_MODE);
	if (errors >= 0 && fstat(errors, &status) == 0 && status.st_size > LOG_MAX && ftruncate(errors, 0) < 0)
		_exit(1);
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	dup2(errors >= 0 ? errors : nothing, STDERR_FILENO);
	close_range(3, ~0u, 0);
	execve("/proc/self/exe", arguments, environment);
	_exit(1);
}

/* Starts a worker, which ends at once where one works. It is nobody's child, and has no descriptor of this process. */
static void start(const struct config *config)
{
	char log[PATH_MAX], absolute[PATH_MAX];
	snprintf(log, sizeof log, "%s/worker.log", config->data);
	if (path_absolute(config->file, absolute) < 0) {
		diag_system("%s: can't be found, so tasks are not done", config->file);
		return;
	}
	void (*before)(int) = signal(SIGCHLD, SIG_DFL);
	pid_t between = fork();
	if (between == 0) {
		setsid();
		pid_t worker = fork();
		if (worker != 0)
			_exit(worker < 0 ? errno : 0); /* such numbers fit into a status */
		become(log, absolute);
	}
	int status = 0;
	bool failed = between < 0 || waitpid(between, &status, 0) < 0;
	if (!failed && WIFEXITED(status))
		errno = WEXITSTATUS(status);
	if (failed || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		diag_system("a worker can't be started");
	signal(SIGCHLD, before);
}

void wake_log_trim(const struct config *config)
{
	char path[PATH_MAX];
	struct stat log, errors;
	snprintf(path, sizeof path, "%s/worker.log", config->data);
	if (fstat(STDERR_FILENO, &errors) == 0 && errors.st_size > LOG_MAX && stat(path, &log) == 0 &&
	    log.st_dev == errors.st_dev && log.st_ino == errors.st_ino && ftruncate(STDERR_FILENO, 0) < 0)
		diag_system("%s: can't be emptied", path);
}

/* --- by way of another process -------------------------------------------------------------------------------------- */

static int starter = -1; /* connection to the process that starts workers for this one, or -1: it does so itself */
static pid_t starter_process;

void wake_by(int connection)
{
	starter = connection;
}

bool wake_serve(int connection, const struct config *config)
{
	char word;
	if (read(connection, &word, 1) != 1)
		return false;
	if (config)
		start(config);
	return send(connection, &word, 1, MSG_DONTWAIT) == 1; /* who asks and never reads must not hold this process up */
}

/* In the process that is left behind: no end of the web server's pipes may stay open here. */
_Noreturn static void stay_behind(int connection, const struct config *config)
{
	int nothing = open("/dev/null", O_RDWR);
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	while (wake_serve(connection, config))
		;
	_exit(0);
}

void wake_begin(const struct config *config)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || (starter_process = fork()) < 0) {
		diag_system("a worker can't be started");
		return;
	}
	if (starter_process == 0) {
		close(pair[0]);
		stay_behind(pair[1], config);
	}
	close(pair[1]);
	starter = pair[0];
}

void wake_end(void)
{
	if (starter_process <= 0)
		return;
	close(starter);
	waitpid(starter_process, NULL, 0);
	starter_process = 0;
	starter = -1;
}

void wake(const struct config *config)
{
	char word = 'w';
	int lock = wake_lock(config);
	if (lock < 0) {
		if (errno != EWOULDBLOCK)
			diag_system("%s/worker: can't be locked, so tasks are not done", config->data);
		return;
	}
	close(lock);
	if (starter < 0)
		start(config);
	else if (write(starter, &word, 1) != 1 || read(starter, &word, 1) != 1)
		diag_error("a worker can't be started: the process that would do it is gone");
}
