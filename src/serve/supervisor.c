/*
 * The sandbox can't be widened once entered. So when the configuration changes the serving process ends, and the supervisor, which
 * is outside the sandbox, reads the configuration and starts the next one. Connections wait in the socket's queue meanwhile.
 */
#define _GNU_SOURCE /* environ */
#include "serve/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/program.h"
#include "base/signals.h"
#include "serve/held_up.h"
#include "task/worker_start.h"

/* Before a process that died young is replaced; doubled with each such death. One that lived for LONG_LIFE starts anew. */
enum { PAUSE_FIRST = 500, PAUSE_MAX = 32000, LONG_LIFE = 10000 }; /* milliseconds */

struct supervisor {
	int signals;    /* descriptor */
	int connection; /* to the serving process, over which it asks for workers; -1 once closed */
	pid_t process;  /* the serving process */
	int64_t begun;  /* when the serving process was started, by date_uptime */
	int pause;      /* before the next replacement, in milliseconds */
	bool ending;    /* a signal asked for the end */
	bool renewing;  /* a signal asked for another process under the configuration as it is now */
	bool relieved;  /* the serving process asked for another one, since a peer holds it up */
	struct held_up held_up;
};

/* The word that asks for another process; any other asks for a worker. */
static const char RELIEF = 'r';

static int to_supervisor = -1; /* the serving process's end of the connection */

/* Runs in the child, which ends when the supervisor ends, even if that is killed. */
_Noreturn static void serve_under(
	const struct supervisor *supervisor, pid_t parent, int connection, struct site *site, int (*serve)(struct site *))
{
	struct held_up others = supervisor->held_up;
	held_up_close(&others);
	close(supervisor->connection);
	close(supervisor->signals);
	to_supervisor = connection;
	worker_start_connect(connection);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) {
		diag_system("can't serve FastCGI: the process can't be made to end with its supervisor");
		exit(SUPERVISOR_UNABLE);
	}
	if (getppid() != parent)
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
	supervisor->begun = date_uptime();
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

/*
 * Takes a signal. SIGHUP asks for a reload, as administrators expect it, and so does SIGUSR2, since multiwatch passes no other signal on
 * without ending; the rest but SIGCHLD ask for the end. In either case the serving process first answers the request it has.
 */
static void take_signal(struct supervisor *supervisor)
{
	struct signalfd_siginfo signal;
	if (read(supervisor->signals, &signal, sizeof signal) != sizeof signal || signal.ssi_signo == SIGCHLD)
		return;
	if (signal.ssi_signo == SIGHUP || signal.ssi_signo == SIGUSR2)
		supervisor->renewing = true;
	else
		supervisor->ending = true;
	if (supervisor->process > 0)
		kill(supervisor->process, supervisor->ending ? SIGTERM : SIGHUP);
}

bool supervisor_relieve(void)
{
	return to_supervisor >= 0 && write(to_supervisor, &RELIEF, 1) == 1;
}

/* Takes a word of the serving process's: it asks for a worker, or for another process in its place. */
static void take_word(struct supervisor *supervisor, const struct config *config)
{
	char word;
	if (recv(supervisor->connection, &word, 1, MSG_PEEK | MSG_DONTWAIT) == 1 && word == RELIEF) {
		supervisor->relieved = recv(supervisor->connection, &word, 1, 0) == 1;
		return;
	}
	if (worker_start_serve(supervisor->connection, config))
		return;
	close(supervisor->connection);
	supervisor->connection = -1;
}

/* Waits for a signal, or for a word of the serving process's or of one that a peer holds up. */
static void await_event(struct supervisor *supervisor, const struct config *config)
{
	struct pollfd events[2 + HELD_UP_ROOM] = {
		{.fd = supervisor->signals, .events = POLLIN}, {.fd = supervisor->process ? supervisor->connection : -1, .events = POLLIN}};
	size_t n = held_up_events(&supervisor->held_up, events + 2);
	if (poll(events, (nfds_t)(2 + n), -1) < 0)
		return;
	if (events[0].revents)
		take_signal(supervisor);
	held_up_serve(&supervisor->held_up, events + 2, config);
	if (events[1].revents)
		take_word(supervisor, config);
}

/* Waits for the end of the serving process and gives its status; or, with 0, until it is relieved. */
static int await_end(struct supervisor *supervisor, struct site *site)
{
	int status = 0;
	supervisor->relieved = false;
	while (!supervisor->relieved && waitpid(supervisor->process, &status, WNOHANG) == 0)
		await_event(supervisor, site->config);
	if (supervisor->relieved) {
		held_up_add(&supervisor->held_up, supervisor->process, supervisor->connection);
		supervisor->process = 0;
		return 0;
	}
	supervisor->process = 0;
	if (supervisor->connection >= 0)
		close(supervisor->connection);
	return status;
}

/* Waits before the next start, lest a process that dies at once takes the whole machine; a signal cuts it short. */
static void pause_for_signal(struct supervisor *supervisor)
{
	struct pollfd signals = {.fd = supervisor->signals, .events = POLLIN};
	int64_t end = date_uptime() + supervisor->pause * (DATE_SECOND / 1000), left;
	while (!supervisor->ending && !supervisor->renewing && (left = end - date_uptime()) > 0)
		if (poll(&signals, 1, (int)(left / (DATE_SECOND / 1000)) + 1) > 0)
			take_signal(supervisor);
	supervisor->pause = supervisor->pause < PAUSE_MAX / 2 ? supervisor->pause * 2 : PAUSE_MAX;
}

/* Logs how the serving process ended. The pauses bound the number of such lines. */
static void log_death(struct supervisor *supervisor, int status)
{
	if (date_uptime() - supervisor->begun > LONG_LIFE * (DATE_SECOND / 1000))
		supervisor->pause = PAUSE_FIRST;
	double seconds = supervisor->pause / 1000.0;
	if (WIFSIGNALED(status))
		diag_error("the process that answers requests was ended by signal %d; it is replaced in %g seconds", WTERMSIG(status),
			seconds);
	else
		diag_error("the process that answers requests ended with exit status %d; it is replaced in %g seconds", WEXITSTATUS(status),
			seconds);
}

/* Gives a descriptor from which the supervisor reads its signals, or -1. */
static int hold_supervisor_signals(void)
{
	static const int held[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP, SIGUSR2, SIGCHLD};
	signal(SIGCHLD, SIG_DFL); /* if it is ignored, children can't be waited for */
	return signals_hold(held, sizeof held / sizeof *held);
}

/* A replacement logs the faults of config.ini too, if there are any: the one before may have logged them to a log that is gone. */
static int start_serving(struct supervisor *supervisor, struct site *site, int (*serve)(struct site *))
{
	site->seen = false;
	site_refresh(site);
	return start_process(supervisor, site, serve);
}

static pid_t restarted; /* the supervisor, while it must not end; 0: it may */

/*
 * Runs when a process exits. Reading config.ini ends the process if there is no memory; a supervisor that ends so starts itself
 * again, unless a signal has come meanwhile. No serving process is there at that moment.
 */
static void restart_supervisor(void)
{
	char *const arguments[] = {"seeother", NULL};
	sigset_t pending;
	if (restarted != getpid())
		return;
	diag_error("the supervisor could not go on; it starts again");
	nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
	if (sigpending(&pending) == 0 &&
		(sigismember(&pending, SIGTERM) || sigismember(&pending, SIGINT) || sigismember(&pending, SIGUSR1)))
		return;
	program_restart(arguments, environ);
	diag_system("the supervisor can't start again");
}

int supervisor_run(struct site *site, int (*serve)(struct site *))
{
	struct supervisor supervisor = {.signals = hold_supervisor_signals(), .pause = PAUSE_FIRST};
	if (supervisor.signals < 0) {
		diag_system("can't serve FastCGI: signals can't be held back");
		return 1;
	}
	diag_keep();
	restarted = getpid();
	atexit(restart_supervisor);
	for (bool first = true; !supervisor.ending; first = false) {
		supervisor.renewing = false;
		int failed = start_serving(&supervisor, site, serve);
		if (failed && first) {
			diag_system("can't serve FastCGI: no process can be started");
			return restarted = 0, 1;
		}
		diag_keep();  /* the process has taken along what was kept so far */
		if (failed) { /* too many processes, or out of descriptors or memory: it may pass */
			diag_system("a process that answers requests can't be started; it is tried again in %g seconds",
				supervisor.pause / 1000.0);
			pause_for_signal(&supervisor);
			continue;
		}
		int status = await_end(&supervisor, site);
		if (supervisor.ending || supervisor.renewing || supervisor.relieved ||
			(WIFEXITED(status) && WEXITSTATUS(status) == SUPERVISOR_RENEW))
			continue;
		if (first && WIFEXITED(status) && WEXITSTATUS(status) == SUPERVISOR_UNABLE)
			return restarted = 0, 1;
		log_death(&supervisor, status);
		pause_for_signal(&supervisor);
	}
	while (supervisor.held_up.n)
		await_event(&supervisor, site->config);
	restarted = 0;
	return 0;
}
