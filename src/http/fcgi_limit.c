/*
 * libfcgi reads on until a byte of content is there, whatever else comes, so a signal has to end that: it comes each TICK while a
 * connection is read from. Once the limit is over, reading waits for nothing more, so that the peer can still get its answer; a tick
 * later even what goes on coming is not read any more.
 *
 * A peer that holds this process up is reported once, so that another process can answer others: one that is waited for longer than STALL
 * milliseconds, or for a shorter time whenever one of STALLED_TICKS comes.
 */
#include "http/fcgi_limit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "base/date.h"
#include "base/diag.h"

enum { TICK = 100 * 1000 }; /* microseconds */
enum { STALL = 50, STALLED_TICKS = 10 };

static volatile sig_atomic_t awaited = -1; /* the connection that is read from; set after deadline and awaited_since */
static volatile sig_atomic_t deadline;     /* in ticks of the uptime */
static volatile int64_t awaited_since;     /* as date_uptime counts */
static volatile sig_atomic_t overdue;
static volatile sig_atomic_t stalled_ticks, held_up;
static volatile sig_atomic_t given_up; /* a signal asked for the end of the request */
static volatile sig_atomic_t written_to = -1;
static bool ticking;
static void (*tell_held_up)(void *context);
static void *told; /* its context */

/* --- what the handlers do ------------------------------------------------------------------------------------------ */

static sig_atomic_t ticks_of(int64_t uptime)
{
	return (sig_atomic_t)(uptime / TICK);
}

static void report_held_up(void)
{
	if (held_up)
		return;
	held_up = 1;
	tell_held_up(told);
}

/* Runs at each tick that comes while the process waits in a read. */
static void watch_peer(void)
{
	stalled_ticks++;
	if (stalled_ticks >= STALLED_TICKS || date_uptime() - awaited_since > STALL * (DATE_SECOND / 1000))
		report_held_up();
}

static void end_overdue(int signal)
{
	int reason = errno;
	(void)signal;
	if (awaited >= 0)
		watch_peer();
	if (awaited >= 0 && (given_up || ticks_of(date_uptime()) >= deadline)) {
		if (overdue)
			shutdown((int)awaited, SHUT_RD);
		else
			fcntl((int)awaited, F_SETFL, fcntl((int)awaited, F_GETFL) | O_NONBLOCK);
		overdue = 1;
	}
	errno = reason;
}

static void give_up_request(int signal)
{
	int reason = errno;
	(void)signal;
	given_up = 1;
	if (written_to >= 0)
		shutdown((int)written_to, SHUT_RDWR);
	errno = reason;
}

int fcgi_limit_begin(void)
{
	struct sigaction action = {.sa_handler = end_overdue, .sa_flags = SA_RESTART};
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGALRM, &action, NULL) < 0)
		return -1;
	action.sa_handler = give_up_request;
	return sigaction(FCGI_GIVE_UP, &action, NULL);
}

void fcgi_limit_request(void (*tell)(void *context), void *context)
{
	tell_held_up = tell;
	told = context;
	stalled_ticks = 0;
	held_up = 0;
	overdue = 0;
}

bool fcgi_limit_overdue(void)
{
	return overdue;
}

bool fcgi_limit_given_up(void)
{
	return given_up;
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

/* Starts the ticks after some microseconds, or stops them. */
static void set_timer(int64_t first)
{
	struct itimerval timer = {.it_interval.tv_usec = first ? TICK : 0};
	timer.it_value = (struct timeval){.tv_sec = (time_t)(first / DATE_SECOND), .tv_usec = (suseconds_t)(first % DATE_SECOND)};
	if (setitimer(ITIMER_REAL, &timer, NULL) < 0)
		diag_system("setting a time limit for a request failed; it is read without");
	ticking = first != 0;
}

static void await_bytes(int connection, int64_t left)
{
	awaited_since = date_uptime();
	deadline = ticks_of(awaited_since + left);
	awaited = connection;
}

void fcgi_limit_header(int connection, uint64_t seconds)
{
	const int64_t left = (int64_t)seconds * DATE_SECOND;
	await_bytes(connection, left);
	set_timer(left);
}

void fcgi_limit_reading(int connection, int64_t left)
{
	await_bytes(connection, left);
	if (!ticking)
		set_timer(TICK);
}

void fcgi_limit_end_reading(int connection)
{
	bool blocks = awaited < 0 || !overdue;
	awaited = -1;
	if (!blocks && connection >= 0)
		fcntl(connection, F_SETFL, fcntl(connection, F_GETFL) & ~O_NONBLOCK);
}

void fcgi_limit_end_ticks(void)
{
	if (ticking)
		set_timer(0);
}

/* --- writing ------------------------------------------------------------------------------------------------------- */

void fcgi_limit_await_taker(int connection)
{
	struct pollfd peer = {.fd = connection, .events = POLLOUT};
	if (!held_up && poll(&peer, 1, STALL) == 0)
		report_held_up();
}

bool fcgi_limit_writing(int connection)
{
	if (!held_up)
		return true;
	written_to = connection; /* before given_up is looked at: the signal may come between */
	return !given_up;
}

void fcgi_limit_end_writing(void)
{
	written_to = -1;
}
