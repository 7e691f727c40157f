/*
 * A worker is started by way of a process between that ends at once, and in a session of its own, so that no web server or process
 * manager waits for it or ends it. Whoever finds the lock taken need not start one: a worker that lets go of it looks once more
 * whether anything is left to do.
 *
 * A process in the sandbox can start nothing. It asks a process that reads no request, by a byte, and waits for the byte to come
 * back.
 */
#define _GNU_SOURCE /* close_range */
#include "task/worker_start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/path.h"
#include "task/worker_lock.h"

enum { FILE_MODE = 0640, LOG_MAX = 1024 * 1024 };

/* Runs in the grandchild. */
_Noreturn static void become_worker(const char *log, const char *config)
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

/* The worker ends at once if another one is at work. It has no descriptor of this process. */
static void start_worker(const struct config *config)
{
	char log[PATH_MAX], absolute[PATH_MAX];
	snprintf(log, sizeof log, "%s/worker.log", config->data);
	if (path_absolute(config->file, absolute) < 0) {
		diag_system("%s: can't be found, so no worker is started and tasks wait", config->file);
		return;
	}
	void (*before)(int) = signal(SIGCHLD, SIG_DFL);
	pid_t between = fork();
	if (between == 0) {
		setsid();
		pid_t worker = fork();
		if (worker != 0)
			_exit(worker < 0 ? errno : 0); /* error numbers fit into an exit status */
		become_worker(log, absolute);
	}
	int status = 0;
	bool failed = between < 0 || waitpid(between, &status, 0) < 0;
	if (!failed && WIFEXITED(status))
		errno = WEXITSTATUS(status);
	if (failed || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		diag_system("no worker was started, so tasks wait");
	signal(SIGCHLD, before);
}

/* --- by way of another process ------------------------------------------------------------------------------------- */

static int starter = -1; /* connection to the process that starts workers for this one; -1: it does so itself */
static pid_t starter_process;

void worker_start_connect(int connection)
{
	starter = connection;
}

bool worker_start_serve(int connection, const struct config *config)
{
	char word;
	if (read(connection, &word, 1) != 1)
		return false;
	if (config)
		start_worker(config);
	return send(connection, &word, 1, MSG_DONTWAIT) == 1; /* somebody who asks and never reads must not block this process */
}

/* Runs in the process that is left behind, which may hold no end of the web server's pipes. */
_Noreturn static void stay_behind(int connection, const struct config *config)
{
	int nothing = open("/dev/null", O_RDWR);
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	while (worker_start_serve(connection, config))
		;
	_exit(0);
}

void worker_start_begin(const struct config *config)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 || (starter_process = fork()) < 0) {
		diag_system("no worker was started, so tasks wait");
		return;
	}
	if (starter_process == 0) {
		close(pair[0]);
		stay_behind(pair[1], config);
	}
	close(pair[1]);
	starter = pair[0];
}

void worker_start_end(void)
{
	if (starter_process <= 0)
		return;
	close(starter);
	waitpid(starter_process, NULL, 0);
	starter_process = 0;
	starter = -1;
}

void worker_start(const struct config *config)
{
	char word = 'w';
	int lock = worker_lock_take(config);
	if (lock < 0) {
		if (errno != EWOULDBLOCK)
			diag_system("%s/worker: can't be locked, so no worker is started and tasks wait", config->data);
		return;
	}
	close(lock);
	if (starter < 0)
		start_worker(config);
	else if (write(starter, &word, 1) != 1 || read(starter, &word, 1) != 1)
		diag_error("no worker was started, so tasks wait: the process that starts workers is gone");
}
