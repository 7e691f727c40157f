/*
 * A worker is started by way of a process between that ends at once, and in a session of its own, so that no web server or process
 * manager waits for it or ends it. Whoever finds the lock taken need not start one: a worker that lets go of it looks once more
 * whether anything is left to do.
 *
 * A process in the sandbox can start nothing. It asks a process that reads no request, by a byte, and waits for the byte to come
 * back.
 */
#define _GNU_SOURCE /* pipe2 */
#include "task/worker_start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/path.h"
#include "base/program.h"
#include "task/worker_lock.h"
#include "task/worker_log.h"

/* Runs in the grandchild. The descriptor, which a successful start closes, takes errno. The node is another one's name, or NULL. */
_Noreturn static void become_worker(const struct config *config, const char *node, const char *file, int failure)
{
	char setting[PATH_MAX + 32], name[CONFIG_NAME_MAX + 1];
	char *const arguments[] = {"seeother", node ? "adopt" : "work", node ? name : "once", NULL};
	char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", setting, NULL};
	snprintf(setting, sizeof setting, "SEEOTHER_CONFIG=%s", file);
	snprintf(name, sizeof name, "%s", node ? node : "");
	int nothing = open("/dev/null", O_RDWR), log = worker_log_open(config->data);
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	dup2(log >= 0 ? log : nothing, STDERR_FILENO);
	if (failure != 3)
		failure = dup2(failure, 3);
	fcntl(failure, F_SETFD, FD_CLOEXEC);
	program_close_from(4);
	program_restart(arguments, environment);
	int reason = errno;
	_exit(write(failure, &reason, sizeof reason) == sizeof reason ? 1 : 2);
}

/* Runs in the process between, which ends at once. */
_Noreturn static void fork_worker(const struct config *config, const char *node, const char *file, int failure)
{
	setsid();
	pid_t worker = fork();
	if (worker == 0)
		become_worker(config, node, file, failure);
	int reason = errno;
	if (worker < 0 && write(failure, &reason, sizeof reason) < 0)
		_exit(2);
	_exit(0);
}

/* Waits until the worker has started: 0, or the reason why it has not. */
static int await_start(pid_t between, int failure)
{
	int reason = 0;
	ssize_t n;
	while ((n = read(failure, &reason, sizeof reason)) < 0 && errno == EINTR)
		;
	waitpid(between, NULL, 0);
	return n == sizeof reason ? reason : 0;
}

/* The worker ends at once if another one is at work. It has no descriptor of this process. */
static void start_worker(const struct config *config, const char *node)
{
	char file[PATH_MAX];
	int failure[2];
	if (path_absolute(config->file, file) < 0) {
		diag_system("%s: can't be found, so no worker is started and tasks wait", config->file);
		return;
	}
	if (pipe2(failure, O_CLOEXEC) < 0) {
		diag_system("no worker was started, so tasks wait");
		return;
	}
	void (*before)(int) = signal(SIGCHLD, SIG_DFL);
	pid_t between = fork();
	int reason = between < 0 ? errno : 0;
	if (between == 0)
		fork_worker(config, node, file, failure[1]);
	close(failure[1]);
	if (between > 0)
		reason = await_start(between, failure[0]);
	close(failure[0]);
	signal(SIGCHLD, before);
	if (reason) {
		errno = reason;
		diag_system("no worker was started, so tasks wait");
	}
}

/* --- by way of another process ------------------------------------------------------------------------------------- */

/* A connection to the process that starts workers for this one; or this one starts them itself, or can't have them started. */
enum { BY_ITSELF = -1, UNABLE = -2 };

static int starter = BY_ITSELF;
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
		start_worker(config, NULL);
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
	starter = UNABLE;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		diag_system("no worker can be started, so tasks wait");
		return;
	}
	starter_process = fork();
	if (starter_process < 0) {
		diag_system("no worker can be started, so tasks wait");
		close(pair[0]);
		close(pair[1]);
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
	starter = BY_ITSELF;
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
	if (starter == UNABLE)
		return; /* worker_start_begin has logged why */
	if (starter == BY_ITSELF)
		start_worker(config, NULL);
	else if (write(starter, &word, 1) != 1 || read(starter, &word, 1) != 1)
		diag_error("no worker was started, so tasks wait: the process that starts workers is gone");
}

void worker_start_for(const struct config *config, const char *node)
{
	struct config other = *config;
	other.node = node;
	int lock = worker_lock_take(&other);
	if (lock < 0)
		return;
	close(lock);
	start_worker(config, node);
}
