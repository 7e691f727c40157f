/*
 * What a process may reach is settled when it locks itself in, so one under whose feet the configuration changes ends, and the
 * keeper, which is not locked in, reads the configuration and starts the next. Requests wait meanwhile where connections do.
 */
#include "serve/keeper.h"

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
#include "task/wake.h"

enum { PAUSE_MILLISECONDS = 1000 };

struct keeper {
	int signals;    /* descriptor */
	int connection; /* to the kept process, or -1: it is closed */
	pid_t process;
	bool ending;    /* a signal has asked for it */
};

/* In the child: goes with its keeper, even one that is killed. */
_Noreturn static void be_kept(const struct keeper *keeper, pid_t parent, int connection, struct site *site, int (*serve)(struct site *))
{
	close(keeper->connection);
	close(keeper->signals);
	wake_by(connection);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		exit(0);
	exit(serve(site));
}

static int start(struct keeper *keeper, struct site *site, int (*serve)(struct site *))
{
	int pair[2];
	pid_t parent = getpid();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	keeper->connection = pair[0];
	keeper->process = fork();
	if (keeper->process == 0)
		be_kept(keeper, parent, pair[1], site, serve);
	int reason = errno;
	close(pair[1]);
	if (keeper->process < 0)
		close(pair[0]);
	errno = reason;
	return keeper->process < 0 ? -1 : 0;
}

/* Takes a signal; one that ends is passed on. */
static void take_signal(struct keeper *keeper)
{
	struct signalfd_siginfo signal;
	if (read(keeper->signals, &signal, sizeof signal) != sizeof signal || signal.ssi_signo == SIGCHLD)
		return;
	keeper->ending = true;
	if (keeper->process > 0)
		kill(keeper->process, SIGTERM);
}

/* Waits for the end of the kept process, and gives its status. */
static int keep(struct keeper *keeper, struct site *site)
{
	int status;
	while (waitpid(keeper->process, &status, WNOHANG) == 0) {
		struct pollfd events[] = {{.fd = keeper->signals, .events = POLLIN}, {.fd = keeper->connection, .events = POLLIN}};
		if (poll(events, 2, -1) < 0)
			continue;
		if (events[0].revents)
			take_signal(keeper);
		if (events[1].revents && !wake_serve(keeper->connection, site->config)) {
			close(keeper->connection);
			keeper->connection = -1;
		}
	}
	keeper->process = 0;
	if (keeper->connection >= 0)
		close(keeper->connection);
	return status;
}

/* After a death, or where none can be started; a process that dies again and again must not take all of the machine. */
static void pause_for_signal(struct keeper *keeper)
{
	struct pollfd signals = {.fd = keeper->signals, .events = POLLIN};
	while (!keeper->ending && poll(&signals, 1, PAUSE_MILLISECONDS) > 0)
		take_signal(keeper);
}

/* Blocks the signals that the keeper reads from a descriptor, which it gives, or -1. */
static int hold_signals(void)
{
	static const int held[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP, SIGCHLD};
	signal(SIGCHLD, SIG_DFL); /* where it is ignored, no end can be waited for */
	return signals_hold(held, sizeof held / sizeof *held);
}

int keeper_run(struct site *site, int (*serve)(struct site *))
{
	struct keeper keeper = {.signals = hold_signals()};
	int status = 0;
	for (bool first = true; keeper.signals >= 0 && !keeper.ending; first = false) {
		diag_keep();
		site_refresh(site);
		int failed = start(&keeper, site, serve);
		if (failed && first)
			break;
		if (failed) { /* out of descriptors, or memory: it may pass */
			diag_system("a process that answers requests can't be started; it will be tried again");
			pause_for_signal(&keeper);
			continue;
		}
		status = keep(&keeper, site);
		if (WIFSIGNALED(status)) {
			diag_error("the process that answered requests was ended by signal %d; another one takes its place", WTERMSIG(status));
			pause_for_signal(&keeper);
		} else if (WEXITSTATUS(status) != KEEPER_RENEW) {
			return WEXITSTATUS(status);
		}
	}
	if (!keeper.ending)
		diag_system("can't serve FastCGI");
	return keeper.ending ? 0 : 1;
}
