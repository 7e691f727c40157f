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

enum { FIRST_SECONDS = 3, PEER_SECONDS = 30, DRAIN_SECONDS = 2 };

/* How long a peer may be silent before the variables of its request are there, and how long it may accept nothing of the answer. */
static const struct timeval first_silence = {.tv_sec = FIRST_SECONDS}, silence = {.tv_sec = PEER_SECONDS};

static FCGX_Request request; /* one at a time */

/* The connection whose header is overdue once SIGALRM comes; reading from it then ends. */
static volatile sig_atomic_t awaited = -1;
static volatile sig_atomic_t overdue;

static void end_overdue(int signal)
{
	(void)signal;
	overdue = 1;
	if (awaited >= 0)
		shutdown((int)awaited, SHUT_RD);
}

int fcgi_begin(void)
{
	struct sigaction action = {.sa_handler = end_overdue};
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGALRM, &action, NULL) < 0)
		return -1;
	return FCGX_Init() == 0 && FCGX_InitRequest(&request, -1, FCGI_FAIL_ACCEPT_ON_INTR) == 0 ? 0 : -1;
}

/* --- the transport ------------------------------------------------------------------------------------------------- */

/* How far the request is. */
static struct {
	size_t written;     /* bytes of the answer */
	int64_t read_limit; /* the time limit for reading from the connection that was set last, in microseconds */
} progress;

static void set_limit(int which, const struct timeval *limit)
{
	if (setsockopt(request.ipcFd, SOL_SOCKET, which, limit, sizeof *limit) < 0)
		diag_system("setting a time limit on a connection failed; it is served without");
}

/* Limits the next read to the time that is left. The limit is only set if it is too long, or much too short: that is a system call. */
static void limit_reading(int64_t left)
{
	int64_t most = PEER_SECONDS * DATE_SECOND;
	if (left > most)
		left = most;
	if (progress.read_limit && progress.read_limit <= left && progress.read_limit >= left / 2)
		return;
	progress.read_limit = left;
	set_limit(SO_RCVTIMEO, &(struct timeval){.tv_sec = left / DATE_SECOND, .tv_usec = (suseconds_t)(left % DATE_SECOND)});
}

/* Appends a further line of a header to its first one, both of them libfcgi's to free; the further one has no name any more. */
static void join(char **first, char *further, size_t name)
{
	size_t had = strlen(*first), more = strlen(further + name + 1);
	char *joined = realloc(*first, had + sizeof ", " + more);
	if (!joined)
		diag_die("out of memory");
	memcpy(joined + had, ", ", 2);
	memcpy(joined + had + 2, further + name + 1, more + 1);
	*first = joined;
	*further = '\0';
}

/*
 * Several lines of a header are one list (RFC 9110 §5.3), of which nginx before 1.23 makes a variable each. A Host is none:
 * Debian's fastcgi_params has one too, behind that of docs/servers.md, and the first counts.
 */
static const char *fcgi_variable(void *context, const char *name)
{
	(void)context;
	size_t n = strlen(name);
	bool list = strncmp(name, "HTTP_", 5) == 0 && strcmp(name, "HTTP_HOST") != 0;
	char **found = NULL;
	for (char **variable = request.envp; *variable; variable++) {
		if (**variable != *name || strncmp(*variable, name, n) != 0 || (*variable)[n] != '=')
			continue;
		if (found)
			join(found, *variable, n);
		else
			found = variable;
		if (!list)
			break;
	}
	return found ? *found + n + 1 : NULL;
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
			int64_t left = pace_left(pace);
			if (left > 0)
				limit_reading(left);
			int c = left > 0 ? FCGX_GetChar(request.in) : EOF;
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
	bool late = pace_left(pace) <= 0 || failed == EAGAIN || failed == EWOULDBLOCK;
	return late ? TRANSPORT_LATE : failed ? TRANSPORT_BROKEN : 0;
}

/* A chunked request ends with an empty record; without Transfer-Encoding there must be at least something (RFC 9112 §6.3). */
static bool fcgi_ends(void *context)
{
	(void)context;
	if (FCGX_GetParam("HTTP_TRANSFER_ENCODING", request.envp))
		return true;
	limit_reading(PEER_SECONDS * DATE_SECOND);
	int c = FCGX_GetChar(request.in);
	return c != EOF && FCGX_UnGetChar(c, request.in) != EOF;
}

/* The FastCGI specification, §6.2: compare what came with CONTENT_LENGTH. */
static bool fcgi_surplus(void *context)
{
	(void)context;
	return FCGX_GetChar(request.in) != EOF;
}

/* The first bytes fit into a socket's buffer and need no time limit; a longer answer gets one. */
static void limit_writing(size_t n)
{
	enum { SURELY_FIT = 32 * 1024 };
	if (progress.written <= SURELY_FIT && progress.written + n > SURELY_FIT)
		set_limit(SO_SNDTIMEO, &silence);
	progress.written += n;
}

static int fcgi_write(void *context, const char *bytes, size_t n)
{
	(void)context;
	limit_writing(n);
	while (n > 0) {
		int piece = n > INT_MAX ? INT_MAX : (int)n;
		if (FCGX_PutStr(bytes, piece, request.out) < piece)
			return -1;
		bytes += piece;
		n -= (size_t)piece;
	}
	return 0;
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
	if (setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &first_silence, sizeof first_silence) < 0)
		diag_system("setting a time limit on a connection failed; it is served without");
	return connection;
}

/*
 * Ends a connection. libfcgi would wait until the peer has closed too, as long as it goes on sending. Here that is done only if the peer
 * may not have its answer yet (a socket closed on unread bytes is reset), and for a bounded time.
 */
static void connection_close(bool read_all)
{
	char unread[16 * 1024];
	struct pollfd peer = {.fd = request.ipcFd, .events = POLLIN};
	if (peer.fd < 0)
		return; /* libfcgi has closed it, for an error on it */
	if (!read_all && shutdown(peer.fd, SHUT_WR) == 0) {
		int64_t end = date_uptime() + DRAIN_SECONDS * DATE_SECOND, left;
		while ((left = end - date_uptime()) > 0 && poll(&peer, 1, (int)(left / 1000) + 1) > 0)
			if (read(peer.fd, unread, sizeof unread) <= 0)
				break;
	}
	FCGX_Free(&request, 1);
}

/* Returns true if all variables of a request are there: a complete stream of PARAMS records (FastCGI specification, §5.2). */
static bool has_header(int connection)
{
	unsigned char bytes[8 * 1024];
	ssize_t n = recv(connection, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
	for (ssize_t at = 0; at + FCGI_HEADER_LEN <= n;) {
		const FCGI_Header *header = (const FCGI_Header *)(bytes + at);
		int length = header->contentLengthB1 << 8 | header->contentLengthB0;
		if (header->type == FCGI_PARAMS && length == 0)
			return true;
		at += FCGI_HEADER_LEN + length + header->paddingLength;
	}
	return false;
}

/* Reads the variables. Nearly always they are there already; if not, a timer ends the connection in due time. */
static int accept_request(int connection, uint64_t seconds)
{
	bool timed = seconds && !has_header(connection);
	awaited = connection;
	overdue = 0;
	if (timed && setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_sec = (time_t)seconds}, NULL) < 0)
		diag_system("setting a time limit for a request failed; it is read without");
	int failed = FCGX_Accept_r(&request);
	awaited = -1;
	if (timed)
		setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	if (overdue)
		diag_error("the header of a request did not come within %ju s; the connection was closed", (uintmax_t)seconds);
	return failed;
}

void fcgi_serve(int connection, uint64_t header_seconds, void (*answer)(void *context, const struct transport *), void *context)
{
	struct transport transport = {.variable = fcgi_variable,
		.read = fcgi_read,
		.ends = fcgi_ends,
		.surplus = fcgi_surplus,
		.write = fcgi_write,
		.location_first = true};
	progress.written = 0;
	progress.read_limit = 0;
	request.ipcFd = connection;
	request.keepConnection = 1; /* or FCGX_Accept_r would close it first; it sets this anew */
	FCGX_Detach(&request);      /* makes each close a plain one, also if FCGX_Accept_r gives a peer up */
	if (accept_request(connection, header_seconds) < 0)
		return; /* the peer went, or did not speak FastCGI; listener -1 gives no second connection */
	diag_to(fcgi_diag, NULL);
	if (request.role != FCGI_RESPONDER)
		FCGX_PutS("Status: 501 Not Implemented\r\nContent-Type: text/plain\r\n\r\nseeother is a responder only.\n", request.out);
	else if (FCGX_GetError(request.in) == 0) /* else the variables were cut short */
		answer(context, &transport);
	diag_to(NULL, NULL);
	bool read_all = FCGX_HasSeenEOF(request.in) == EOF;
	request.keepConnection = 1; /* leaves closing to connection_close; a connection kept open would bind this process to one peer */
	FCGX_Finish_r(&request);
	connection_close(read_all);
}
