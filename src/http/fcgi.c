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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/date.h"
#include "base/diag.h"
#include "http/fcgi_limit.h"
#include "http/fcgi_variables.h"

/* FIRST: of silence before the variables are there; PEER: of silence afterwards, where nothing else is configured. */
enum { FIRST_SECONDS = 3, PEER_SECONDS = 30, SURPLUS_SECONDS = 5 };
enum { FIRST_READ = 8192 }; /* bytes that libfcgi reads at once */

static FCGX_Request request; /* one at a time */
static bool whole;           /* all of it has come, so that reading waits for nothing */
static const struct fcgi_service *service;

int fcgi_begin(void)
{
	if (fcgi_limit_begin() < 0)
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

/* Reads a byte of the body, or EOF once it has ended or the microseconds that are left are over. */
static int read_byte(int64_t left)
{
	const int64_t most = PEER_SECONDS * DATE_SECOND;
	if (whole)
		return FCGX_GetChar(request.in);
	fcgi_limit_reading(request.ipcFd, left < most ? left : most);
	int c = FCGX_GetChar(request.in);
	fcgi_limit_end_reading(request.ipcFd);
	return c;
}

/* FCGX_GetStr would read until all n bytes are there, however slowly they come: here each read has the time that is left. */
static ssize_t fcgi_read(void *context, char *buffer, size_t n, struct pace *pace)
{
	size_t have = 0;
	(void)context;
	while (have < n) {
		size_t got = take_buffered(buffer + have, n - have);
		if (!got) {
			int64_t left = fcgi_limit_given_up() ? 0 : pace_left(pace);
			int c = left > 0 ? read_byte(left) : EOF;
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
	bool late = fcgi_limit_overdue() || fcgi_limit_given_up() || pace_left(pace) <= 0;
	return late ? TRANSPORT_LATE : failed ? TRANSPORT_BROKEN : 0;
}

/* A chunked request ends with an empty record; without Transfer-Encoding there must be at least something (RFC 9112 §6.3). */
static bool fcgi_ends(void *context)
{
	(void)context;
	if (fcgi_variables_find("HTTP_TRANSFER_ENCODING"))
		return true;
	int c = read_byte(PEER_SECONDS * DATE_SECOND);
	return c != EOF && FCGX_UnGetChar(c, request.in) != EOF;
}

/* The FastCGI specification, §6.2: compare what came with CONTENT_LENGTH. */
static bool fcgi_surplus(void *context)
{
	(void)context;
	return read_byte(SURPLUS_SECONDS * DATE_SECOND) != EOF;
}

enum { SURELY_FIT = 32 * 1024 };

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
	fcgi_limit_await_taker(request.ipcFd);
	if (pace_left(&progress.pace) > 0)
		return true;
	progress.slow = true;
	return false;
}

/* Once the process is held up, a signal may end the writing of what does not fit into the socket's buffer. */
static bool put_piece(const char *bytes, size_t n)
{
	if (progress.written <= SURELY_FIT)
		return FCGX_PutStr(bytes, (int)n, request.out) == (int)n;
	bool put = fcgi_limit_writing(request.ipcFd) && FCGX_PutStr(bytes, (int)n, request.out) == (int)n;
	fcgi_limit_end_writing();
	return put;
}

static int fcgi_write(void *context, const char *bytes, size_t n)
{
	enum { PIECE = 8 * 1024 };
	(void)context;
	fcgi_limit_end_ticks();
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
	if (timed) {
		set_limit(connection->socket, SO_RCVTIMEO, FIRST_SECONDS);
		if (seconds)
			fcgi_limit_header(connection->socket, seconds); /* with SO_RCVTIMEO any signal ends a read, so none comes before */
	}
	int failed = FCGX_Accept_r(&request);
	fcgi_limit_end_reading(request.ipcFd);
	fcgi_limit_end_ticks();
	if (timed && !failed)
		set_limit(connection->socket, SO_RCVTIMEO, 0);
	if (fcgi_limit_overdue())
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
	fcgi_limit_request(serving->held_up, serving->context);
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
	fcgi_limit_end_ticks();
	if (progress.slow)
		diag_error(
			"an answer was taken too slowly: after %zu bytes, less than %ju bytes a second for %ju s; the connection was closed",
			progress.written, (uintmax_t)service->pace.rate, (uintmax_t)service->pace.seconds);
	bool read_all = FCGX_HasSeenEOF(request.in) == EOF || (whole && connection->bytes <= FIRST_READ);
	request.keepConnection = 1; /* leaves closing to close_or_linger; a connection kept open would bind this process to one peer */
	FCGX_Finish_r(&request);
	return close_or_linger(read_all);
}
