/*
 * The sandbox can't be widened once entered. So when the configuration changes the serving process ends, and the supervisor, which
 * is outside the sandbox, reads the configuration and starts the next one. Connections wait in the socket's queue meanwhile.
 */
#include "serve/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/signals.h"
#include "task/worker_start.h"

enum { PAUSE_MILLISECONDS = 1000 };

struct supervisor {
	int signals;    /* descriptor */
	int connection; /* to the serving process, over which it asks for workers; -1 once closed */
	pid_t process;  /* the serving process */
	bool ending;    /* a signal asked for the end */
};

/* Runs in the child, which ends when the supervisor ends, even if that is killed. */
_Noreturn static void serve_under(const struct supervisor *supervisor, pid_t parent, int connection, struct site *site, int (*serve)(struct site *))
{
	close(supervisor->connection);
	close(supervisor->signals);
	worker_start_connect(connection);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		exit(0);
	exit(serve(site));
}

static int start_process(struct supervisor *supervisor, struct site *site, int (*serve)(struct site *))
{
	int pair[2];
	pid_t parent = getpid();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	supervisor->connection = pair[0];
	supervisor->process = fork();
	if (supervisor->process == 0)
		serve_under(supervisor, parent, pair[1], site, serve);
	int reason = errno;
	close(pair[1]);
	if (supervisor->process < 0)
		close(pair[0]);
	errno = reason;
	return supervisor->process < 0 ? -1 : 0;
}

/* Takes a signal; any but SIGCHLD asks for the end. */
static void take_signal(struct supervisor *supervisor)
{
	struct signalfd_siginfo signal;
	if (read(supervisor->signals, &signal, sizeof signal) != sizeof signal || signal.ssi_signo == SIGCHLD)
		return;
	supervisor->ending = true;
	if (supervisor->process > 0)
		kill(supervisor->process, SIGTERM);
}

/* Waits for the end of the serving process and gives its status. */
static int await_end(struct supervisor *supervisor, struct site *site)
{
	int status;
	while (waitpid(supervisor->process, &status, WNOHANG) == 0) {
		struct pollfd events[] = {{.fd = supervisor->signals, .events = POLLIN}, {.fd = supervisor->connection, .events = POLLIN}};
		if (poll(events, 2, -1) < 0)
			continue;
		if (events[0].revents)
			take_signal(supervisor);
		if (events[1].revents && !worker_start_serve(supervisor->connection, site->config)) {
			close(supervisor->connection);
			supervisor->connection = -1;
		}
	}
	supervisor->process = 0;
	if (supervisor->connection >= 0)
		close(supervisor->connection);
	return status;
}

/* Waits, lest a process that dies at once takes the whole machine; a signal cuts it short. */
static void pause_for_signal(struct supervisor *supervisor)
{
	struct pollfd signals = {.fd = supervisor->signals, .events = POLLIN};
	while (!supervisor->ending && poll(&signals, 1, PAUSE_MILLISECONDS) > 0)
		take_signal(supervisor);
}

/* Gives a descriptor from which the supervisor reads its signals, or -1. */
static int hold_supervisor_signals(void)
{
	static const int held[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP, SIGCHLD};
	signal(SIGCHLD, SIG_DFL); /* if it is ignored, children can't be waited for */
	return signals_hold(held, sizeof held / sizeof *held);
}

int supervisor_run(struct site *site, int (*serve)(struct site *))
{
	struct supervisor supervisor = {.signals = hold_supervisor_signals()};
	int status = 0;
	for (bool first = true; supervisor.signals >= 0 && !supervisor.ending; first = false) {
		diag_keep();
		site_refresh(site);
		int failed = start_process(&supervisor, site, serve);
		if (failed && first)
			break;
		if (failed) { /* out of descriptors, or memory: it may pass */
			diag_system("a process that answers requests can't be started; it will be tried again");
			pause_for_signal(&supervisor);
			continue;
		}
		status = await_end(&supervisor, site);
		if (WIFSIGNALED(status)) {
			diag_error("the process that answered requests was ended by signal %d; another one takes its place", WTERMSIG(status));
			pause_for_signal(&supervisor);
		} else if (WEXITSTATUS(status) != SUPERVISOR_RENEW) {
			return WEXITSTATUS(status);
		}
	}
	if (!supervisor.ending)
		diag_system("can't serve FastCGI");
	return supervisor.ending ? 0 : 1;
}
