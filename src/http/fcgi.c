/*
 * A connection is accepted here, time limits are set on it, and libfcgi gets it as if it were kept open from before: FCGX_Accept_r would
 * read from it, without any limit, before its descriptor could be had.
 */
#define _GNU_SOURCE /* accept4 */
#include "http/fcgi.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcgios.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "http/fcgi_variables.h"

/* FIRST: of silence before the variables are there; PEER: of silence afterwards, where nothing else is configured; TICK in microseconds. */
enum { FIRST_SECONDS = 3, PEER_SECONDS = 30, SURPLUS_SECONDS = 5, TICK = 100 * 1000 };
enum { FIRST_READ = 8192 }; /* bytes that libfcgi reads at once */
enum { STALL = 50, STALLED_TICKS = 10 };

static FCGX_Request request; /* one at a time */

/*
 * The time limit for reading. libfcgi reads on until a byte of content is there, whatever else comes, so a signal has to end that: it
 * comes each TICK while a connection is read from. Once the limit is over, reading waits for nothing more, so that the peer can still
 * get its answer; a tick later even what goes on coming is not read any more.
 */
static volatile sig_atomic_t awaited = -1; /* the connection that is read from */
static volatile sig_atomic_t deadline;     /* in ticks of the uptime */
static volatile sig_atomic_t overdue;
static bool ticking;
static bool whole; /* all of the request has come, so that reading waits for nothing */

/*
 * A peer that holds this process up is reported once, so that another process can answer others: one that is waited for longer than STALL
 * milliseconds, or for a shorter time whenever one of STALLED_TICKS comes.
 */
static const struct fcgi_service *service; /* of the request */
static volatile int64_t awaited_since;     /* as date_uptime counts; set before awaited */
static volatile sig_atomic_t stalled_ticks, held_up;
static volatile sig_atomic_t given_up; /* a signal asked for the end of the request */
static volatile sig_atomic_t written_to = -1;

static sig_atomic_t ticks_of(int64_t uptime)
{
	return (sig_atomic_t)(uptime / TICK);
}

static void report_held_up(void)
{
	if (held_up)
		return;
	held_up = 1;
	service->held_up(service->context);
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

/* Starts the ticks after some microseconds, or stops them. */
static void set_timer(int64_t first)
{
	struct itimerval timer = {.it_interval.tv_usec = first ? TICK : 0};
	timer.it_value = (struct timeval){.tv_sec = (time_t)(first / DATE_SECOND), .tv_usec = (suseconds_t)(first % DATE_SECOND)};
	if (setitimer(ITIMER_REAL, &timer, NULL) < 0)
		diag_system("setting a time limit for a request failed; it is read without");
	ticking = first != 0;
}

/* Limits what is read from now on to the time that is left, in microseconds. */
static void limit_reading(int64_t left)
{
	const int64_t most = PEER_SECONDS * DATE_SECOND;
	if (whole)
		return;
	awaited_since = date_uptime();
	deadline = ticks_of(awaited_since + (left < most ? left : most));
	awaited = request.ipcFd;
	if (!ticking)
		set_timer(TICK);
}

/* Ends what limit_reading began. An overdue connection waits again, so that the answer can be written. */
static void end_reading(void)
{
	bool blocks = awaited < 0 || !overdue;
	awaited = -1;
	if (!blocks && request.ipcFd >= 0)
		fcntl(request.ipcFd, F_SETFL, fcntl(request.ipcFd, F_GETFL) & ~O_NONBLOCK);
}

/* Ends the ticks, which would interrupt writing. */
static void end_ticks(void)
{
	if (ticking)
		set_timer(0);
}

int fcgi_begin(void)
{
	struct sigaction action = {.sa_handler = end_overdue, .sa_flags = SA_RESTART};
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGALRM, &action, NULL) < 0)
		return -1;
	action.sa_handler = give_up_request;
	if (sigaction(FCGI_GIVE_UP, &action, NULL) < 0)
		return -1;
	return FCGX_Init() == 0 && FCGX_InitRequest(&request, -1, FCGI_FAIL_ACCEPT_ON_INTR) == 0 ? 0 : -1;
}

/* --- the transport ------------------------------------------------------------------------------------------------- */

/* How far the answer is. */
static struct {
	size_t written;   /* bytes */
	bool slow;        /* the peer takes it too slowly */
	struct pace pace; /* how fast it must */
} progress;

static void set_limit(int connection, int which, uint64_t seconds)
{
	if (setsockopt(connection, SOL_SOCKET, which, &(struct timeval){.tv_sec = (time_t)seconds}, sizeof(struct timeval)) < 0)
		diag_system("setting a time limit on a connection failed; it is served without");
}

static const char *fcgi_variable(void *context, const char *name)
{
	(void)context;
	return fcgi_variables_find(name);
}

/*
 * Returns what libfcgi holds of the body without reading from the connection. Once a stream is closed, by its end or by a connection
 * that broke, its two pointers mean nothing any more.
 */
static size_t take_buffered(char *buffer, size_t n)
{
	if (request.in->isClosed || request.in->stop <= request.in->rdNext)
		return 0;
	size_t have = (size_t)(request.in->stop - request.in->rdNext);
	if (n > have)
		n = have;
	memcpy(buffer, request.in->rdNext, n);
	request.in->rdNext += n;
	return n;
}

/* FCGX_GetStr would read until all n bytes are there, however slowly they come: here each read has the time that is left. */
static ssize_t fcgi_read(void *context, char *buffer, size_t n, struct pace *pace)
{
	size_t have = 0;
	(void)context;
	while (have < n) {
		size_t got = take_buffered(buffer + have, n - have);
		if (!got) {
			int64_t left = given_up ? 0 : pace_left(pace);
			if (left > 0)
				limit_reading(left);
			int c = left > 0 ? FCGX_GetChar(request.in) : EOF;
			end_reading();
			if (c == EOF)
				break;
			buffer[have] = (char)c;
			got = 1;
		}
		pace_count(pace, got);
		have += got;
	}
	if (have)
		return (ssize_t)have;
	int failed = FCGX_GetError(request.in);
	bool late = overdue || given_up || pace_left(pace) <= 0;
	return late ? TRANSPORT_LATE : failed ? TRANSPORT_BROKEN : 0;
}

/* A chunked request ends with an empty record; without Transfer-Encoding there must be at least something (RFC 9112 §6.3). */
static bool fcgi_ends(void *context)
{
	(void)context;
	if (fcgi_variables_find("HTTP_TRANSFER_ENCODING"))
		return true;
	limit_reading(PEER_SECONDS * DATE_SECOND);
	int c = FCGX_GetChar(request.in);
	end_reading();
	return c != EOF && FCGX_UnGetChar(c, request.in) != EOF;
}

/* The FastCGI specification, §6.2: compare what came with CONTENT_LENGTH. */
static bool fcgi_surplus(void *context)
{
	(void)context;
	limit_reading(SURPLUS_SECONDS * DATE_SECOND);
	bool more = FCGX_GetChar(request.in) != EOF;
	end_reading();
	return more;
}

enum { SURELY_FIT = 32 * 1024 };

/* Waits until the peer can take more of an answer. If that lasts long, it is reported. */
static void await_taker(void)
{
	struct pollfd peer = {.fd = request.ipcFd, .events = POLLOUT};
	if (!held_up && poll(&peer, 1, STALL) == 0)
		report_held_up();
}

/* The first bytes fit into a socket's buffer and need no time limit; the rest of a longer answer must be taken as fast as a body must come. */
static bool may_write(size_t n)
{
	bool first = progress.written <= SURELY_FIT && progress.written + n > SURELY_FIT;
	progress.written += n;
	if (first) {
		set_limit(request.ipcFd, SO_SNDTIMEO, progress.pace.seconds ? progress.pace.seconds : PEER_SECONDS);
		pace_begin(&progress.pace);
	}
	if (progress.written <= SURELY_FIT)
		return true;
	await_taker();
	if (pace_left(&progress.pace) > 0)
		return true;
	progress.slow = true;
	return false;
}

/* Once the process is held up, a signal may end the writing of what does not fit into the socket's buffer. */
static bool put_piece(const char *bytes, size_t n)
{
	bool may_end = held_up && progress.written > SURELY_FIT;
	written_to = may_end ? request.ipcFd : -1;
	bool put = !(may_end && given_up) && FCGX_PutStr(bytes, (int)n, request.out) == (int)n;
	written_to = -1;
	return put;
}

static int fcgi_write(void *context, const char *bytes, size_t n)
{
	enum { PIECE = 8 * 1024 };
	(void)context;
	end_ticks();
	while (n > 0 && !progress.slow) {
		size_t piece = n > PIECE ? PIECE : n;
		if (!may_write(piece) || !put_piece(bytes, piece))
			return -1;
		pace_count(&progress.pace, piece);
		bytes += piece;
		n -= piece;
	}
	return n ? -1 : 0;
}

static uint64_t fcgi_written(void *context)
{
	(void)context;
	return progress.written;
}

static void fcgi_diag(void *context, const char *line, size_t n)
{
	(void)context;
	FCGX_PutStr(line, (int)n, request.err);
}

/* --- connections --------------------------------------------------------------------------------------------------- */

/* libfcgi's accept honours the list of web servers, but takes two system calls more: only with such a list. */
static int accept_from(int listener, const char *servers)
{
	if (!servers)
		return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int connection = OS_Accept(listener, 1, servers);
	if (connection >= 0 && fcntl(connection, F_SETFD, FD_CLOEXEC) < 0)
		diag_system("setting a connection to close on exec failed");
	return connection;
}

int fcgi_accept(int listener)
{
	static const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
	int connection = accept_from(listener, getenv("FCGI_WEB_SERVER_ADDRS"));
	if (connection < 0) {
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ECONNABORTED && errno != EINTR) {
			diag_system("accepting a connection failed; it is tried again");
			nanosleep(&pause, NULL); /* out of descriptors, or memory: it may pass */
		}
		return -1;
	}
	return connection;
}

/*
 * Ends a connection. libfcgi would wait until the peer has closed too, as long as it goes on sending. Here only the own side is closed if
 * the peer may not have its answer yet, since a socket closed on unread bytes is reset; true then.
 */
static bool close_or_linger(bool read_all)
{
	if (request.ipcFd < 0)
		return false; /* libfcgi has closed it, for an error on it */
	bool lingers = !read_all && shutdown(request.ipcFd, SHUT_WR) == 0;
	FCGX_Free(&request, !lingers);
	return lingers;
}

/* Reads the variables. If they were not seen to be there, the peer has to hurry. */
static int accept_request(const struct fcgi_connection *connection, uint64_t seconds)
{
	bool timed = connection->come != PEEK_WHOLE && connection->come != PEEK_BODY;
	overdue = 0;
	if (timed) {
		set_limit(connection->socket, SO_RCVTIMEO, FIRST_SECONDS);
		if (seconds) {
			deadline = ticks_of(date_uptime() + (int64_t)seconds * DATE_SECOND);
			awaited_since = date_uptime();
			awaited = connection->socket;
			set_timer((int64_t)seconds * DATE_SECOND); /* with SO_RCVTIMEO any signal ends a read, so not before */
		}
	}
	int failed = FCGX_Accept_r(&request);
	end_reading();
	end_ticks();
	if (timed && !failed)
		set_limit(connection->socket, SO_RCVTIMEO, 0);
	if (overdue)
		diag_error("the header of a request did not come within %ju s; the connection was closed", (uintmax_t)seconds);
	return failed;
}

static void answer_responder(const struct transport *transport)
{
	fcgi_variables_begin(request.envp);
	service->answer(service->context, transport);
	fcgi_variables_end();
}

bool fcgi_serve(const struct fcgi_connection *connection, const struct fcgi_service *serving)
{
	struct transport transport = {.variable = fcgi_variable,
		.read = fcgi_read,
		.ends = fcgi_ends,
		.surplus = fcgi_surplus,
		.write = fcgi_write,
		.written = fcgi_written,
		.late = connection->late,
		.location_first = true};
	whole = connection->come == PEEK_WHOLE;
	service = serving;
	stalled_ticks = 0;
	held_up = 0;
	progress.written = 0;
	progress.slow = false;
	progress.pace = service->pace;
	request.ipcFd = connection->socket;
	request.keepConnection = 1; /* or FCGX_Accept_r would close it first; it sets this anew */
	FCGX_Detach(&request);      /* makes each close a plain one, also if FCGX_Accept_r gives a peer up */
	if (accept_request(connection, service->header_seconds) < 0)
		return false; /* the peer went, or did not speak FastCGI; listener -1 gives no second connection */
	diag_to(fcgi_diag, NULL);
	if (request.role != FCGI_RESPONDER)
		FCGX_PutS("Status: 501 Not Implemented\r\nContent-Type: text/plain\r\n\r\nseeother is a responder only.\n", request.out);
	else if (FCGX_GetError(request.in) == 0) /* else the variables were cut short */
		answer_responder(&transport);
	diag_to(NULL, NULL);
	end_ticks();
	if (progress.slow)
		diag_error(
			"an answer was taken too slowly: after %zu bytes, less than %ju bytes a second for %ju s; the connection was closed",
			progress.written, (uintmax_t)service->pace.rate, (uintmax_t)service->pace.seconds);
	bool read_all = FCGX_HasSeenEOF(request.in) == EOF || (whole && connection->bytes <= FIRST_READ);
	request.keepConnection = 1; /* leaves closing to close_or_linger; a connection kept open would bind this process to one peer */
	FCGX_Finish_r(&request);
	return close_or_linger(read_all);
}
