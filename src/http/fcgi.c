/*
 * FastCGI; see fcgi.h. A connection is accepted here, a time limit is set on it, and libfcgi gets it as if kept open from before:
 * FCGX_Accept_r would read from it, without any limit, before it could be had.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"

enum { FIRST_SECONDS = 3, PEER_SECONDS = 30, DRAIN_SECONDS = 2 };

/* How long a peer may be silent before the variables of its request are there, and later on, or take nothing. */
static const struct timeval first_silence = {.tv_sec = FIRST_SECONDS}, silence = {.tv_sec = PEER_SECONDS};

static FCGX_Request request; /* one at a time */

int fcgi_begin(void)
{
	return FCGX_Init() == 0 && FCGX_InitRequest(&request, -1, FCGI_FAIL_ACCEPT_ON_INTR) == 0 ? 0 : -1;
}

/* --- the transport ------------------------------------------------------------------------------------------------- */

/* How far the request is. */
static struct {
	size_t written; /* bytes of the answer */
	bool reading;   /* its body */
} progress;

static void limit(int which)
{
	if (setsockopt(request.ipcFd, SOL_SOCKET, which, &silence, sizeof silence) < 0)
		diag_system("can't set up a connection");
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
 * Debian's fastcgi_params has one too, behind that of the README, and the first counts.
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

static ssize_t fcgi_read(void *context, char *buffer, size_t n)
{
	(void)context;
	int most = n > INT_MAX ? INT_MAX : (int)n;
	if (!progress.reading)
		limit(SO_RCVTIMEO);
	progress.reading = true;
	return FCGX_GetStr(buffer, most, request.in);
}

/* The FastCGI specification, §6.2: compare what came with CONTENT_LENGTH. */
static bool fcgi_surplus(void *context)
{
	(void)context;
	return FCGX_GetChar(request.in) != EOF;
}

/* The first bytes fit into a socket's buffer, so that they need no time limit; one that goes on is given one. */
static void limit_writing(size_t n)
{
	enum { SURELY_FIT = 32 * 1024 };
	if (progress.written <= SURELY_FIT && progress.written + n > SURELY_FIT)
		limit(SO_SNDTIMEO);
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
		diag_system("can't set up a connection");
	return connection;
}

int fcgi_accept(int listener)
{
	static const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
	int connection = accept_from(listener, getenv("FCGI_WEB_SERVER_ADDRS"));
	if (connection < 0) {
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ECONNABORTED && errno != EINTR) {
			diag_system("can't accept a connection");
			nanosleep(&pause, NULL); /* out of descriptors, or memory: it may pass */
		}
		return -1;
	}
	if (setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &first_silence, sizeof first_silence) < 0)
		diag_system("can't set up a connection");
	return connection;
}

/*
 * Ends a connection. libfcgi would wait until the peer has closed too, for as long as it goes on sending; here that is done only
 * where the peer may not have had its answer yet (a socket closed on unread bytes is reset), and for a bounded time.
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

void fcgi_serve(int connection, void (*answer)(void *context, const struct transport *), void *context)
{
	struct transport transport = {
		.variable = fcgi_variable, .read = fcgi_read, .surplus = fcgi_surplus, .write = fcgi_write, .location_first = true};
	progress.written = 0;
	progress.reading = false;
	request.ipcFd = connection;
	request.keepConnection = 1; /* else FCGX_Accept_r would close it first; it sets this anew */
	FCGX_Detach(&request);      /* makes each close a plain one, also that of a peer that FCGX_Accept_r gives up */
	if (FCGX_Accept_r(&request) < 0)
		return; /* the peer went, or spoke no FastCGI; there is no second connection to be had from listener -1 */
	diag_to(fcgi_diag, NULL);
	if (request.role != FCGI_RESPONDER)
		FCGX_PutS("Status: 501 Not Implemented\r\nContent-Type: text/plain\r\n\r\nseeother is a responder only.\n", request.out);
	else if (FCGX_GetError(request.in) == 0) /* else the variables were cut short */
		answer(context, &transport);
	diag_to(NULL, NULL);
	bool read_all = FCGX_HasSeenEOF(request.in) == EOF;
	request.keepConnection = 1; /* leaves it to connection_close; truly kept open it would pin this process to one peer */
	FCGX_Finish_r(&request);
	connection_close(read_all);
}
