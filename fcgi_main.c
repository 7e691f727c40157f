/*
 * main: a command, CGI or FastCGI? Then the two transports, and the loop that accepts FastCGI connections.
 *
 * A FastCGI process serves one request at a time; many processes share the listening socket. Signals that end it are
 * blocked but while it waits for a connection, so that none cuts a read or a write short; a connection is waited for with
 * epoll, which wakes one process, not all. libfcgi then accepts it (OS_Accept, which honours FCGI_WEB_SERVER_ADDRS), time
 * limits are set on it, and libfcgi gets it as if kept open from before: FCGX_Accept_r would read from it, without any
 * limit, before it could be had.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <fcgiapp.h>
#include <fcgios.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "seeother.h"
#include "src/command.h"
#include "src/diag.h"

enum { LISTENER = STDIN_FILENO, PEER_SECONDS = 30 };

static volatile sig_atomic_t ended;

/* --- CGI ------------------------------------------------------------------------------------------------------ */

static const char *cgi_variable(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static ssize_t cgi_read(void *context, char *buffer, size_t n)
{
	ssize_t got;
	(void)context;
	do
		got = read(STDIN_FILENO, buffer, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/* RFC 3875 §4.2 forbids to read past CONTENT_LENGTH; this only looks whether there is more. */
static bool cgi_surplus(void *context)
{
	struct stat status;
	int waiting = 0;
	(void)context;
	if (fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode))
		return lseek(STDIN_FILENO, 0, SEEK_CUR) < status.st_size;
	return ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting > 0;
}

static int cgi_write(void *context, const char *bytes, size_t n)
{
	(void)context;
	while (n > 0) {
		ssize_t written = write(STDOUT_FILENO, bytes, n);
		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

static int cgi_run(const char *config)
{
	static const struct transport transport = {NULL, cgi_variable, cgi_read, cgi_surplus, cgi_write};
	struct site site;
	struct arena arena = {0};
	site_begin(&site, config);
	seeother_answer(&site, &arena, &transport);
	site_end(&site);
	arena_free(&arena);
	return 0;
}

/* --- FastCGI -------------------------------------------------------------------------------------------------- */

static const char *fcgi_variable(void *context, const char *name)
{
	return FCGX_GetParam(name, ((FCGX_Request *)context)->envp);
}

static ssize_t fcgi_read(void *context, char *buffer, size_t n)
{
	int most = n > INT_MAX ? INT_MAX : (int)n;
	return FCGX_GetStr(buffer, most, ((FCGX_Request *)context)->in);
}

/* The FastCGI specification, §6.2: compare what came with CONTENT_LENGTH. */
static bool fcgi_surplus(void *context)
{
	return FCGX_GetChar(((FCGX_Request *)context)->in) != EOF;
}

static int fcgi_write(void *context, const char *bytes, size_t n)
{
	FCGX_Stream *out = ((FCGX_Request *)context)->out;
	while (n > 0) {
		int piece = n > INT_MAX ? INT_MAX : (int)n;
		if (FCGX_PutStr(bytes, piece, out) < piece)
			return -1;
		bytes += piece;
		n -= (size_t)piece;
	}
	return 0;
}

static void fcgi_diag(void *context, const char *line, size_t n)
{
	FCGX_PutStr(line, (int)n, ((FCGX_Request *)context)->err);
}

static void end_soon(int signal_number)
{
	(void)signal_number;
	ended = 1;
}

/* Blocks the signals that end the process and gives the mask to wait with, in which they are not. */
static sigset_t signals_hold(void)
{
	static const int enders[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP};
	struct sigaction action = {.sa_handler = end_soon};
	sigset_t held, waiting;
	sigemptyset(&held);
	for (size_t i = 0; i < sizeof enders / sizeof *enders; i++) {
		sigaction(enders[i], &action, NULL);
		sigaddset(&held, enders[i]);
	}
	sigprocmask(SIG_BLOCK, &held, &waiting);
	for (size_t i = 0; i < sizeof enders / sizeof *enders; i++)
		sigdelset(&waiting, enders[i]);
	return waiting;
}

static int watch_listener(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	int watch = epoll_create1(EPOLL_CLOEXEC), flags = fcntl(LISTENER, F_GETFL);
	if (watch < 0 || flags < 0 || fcntl(LISTENER, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    epoll_ctl(watch, EPOLL_CTL_ADD, LISTENER, &event) < 0)
		return -1;
	return watch;
}

/* Gives a connection that came, or -1 where another process was quicker or a signal came. */
static int connection_accept(int watch, const sigset_t *waiting)
{
	static const struct timeval silence = {.tv_sec = PEER_SECONDS};
	static const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
	struct epoll_event event;
	if (epoll_pwait(watch, &event, 1, -1, waiting) <= 0)
		return -1;
	int connection = OS_Accept(LISTENER, 1, getenv("FCGI_WEB_SERVER_ADDRS"));
	if (connection < 0) {
		if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ECONNABORTED && errno != EINTR) {
			diag_system("can't accept a connection");
			nanosleep(&pause, NULL); /* out of descriptors, or memory: it may pass */
		}
		return -1;
	}
	if (fcntl(connection, F_SETFD, FD_CLOEXEC) < 0 ||
	    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence) < 0 ||
	    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence) < 0)
		diag_system("can't set up a connection");
	return connection;
}

static void request_serve(struct site *site, struct arena *arena, FCGX_Request *request, int connection)
{
	struct transport transport = {request, fcgi_variable, fcgi_read, fcgi_surplus, fcgi_write};
	request->ipcFd = connection;
	request->keepConnection = 1; /* else FCGX_Accept_r would close it first; it sets this anew */
	if (FCGX_Accept_r(request) < 0)
		return; /* the peer went, or spoke no FastCGI; there is no second connection to be had from listener -1 */
	diag_to(fcgi_diag, request);
	seeother_answer(site, arena, &transport);
	diag_to(NULL, NULL);
	FCGX_Finish_r(request);
	FCGX_Free(request, 1); /* a connection kept open would pin this process to one peer */
}

static int fcgi_run(const char *config)
{
	struct site site;
	struct arena arena = {0};
	FCGX_Request request;
	sigset_t waiting = signals_hold();
	int watch = watch_listener();
	if (watch < 0 || FCGX_Init() != 0 || FCGX_InitRequest(&request, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		diag_system("can't serve FastCGI");
		return 1;
	}
	site_begin(&site, config);
	site_refresh(&site);
	while (!ended) {
		int connection = connection_accept(watch, &waiting);
		if (connection >= 0)
			request_serve(&site, &arena, &request, connection);
	}
	site_end(&site);
	arena_free(&arena);
	close(watch);
	return 0;
}

/* --- main ----------------------------------------------------------------------------------------------------- */

static bool is_listening(int file)
{
	int yes = 0;
	socklen_t n = sizeof yes;
	return getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 && yes;
}

int main(int argc, char **argv)
{
	char config[PATH_MAX];
	/* A web server may turn a query into arguments (RFC 3875 §4.4): whatever they say, a request is no command. */
	bool cgi = getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD");
	if (sodium_init() < 0)
		diag_die("libsodium can't start");
	command_config_path(config);
	if (argc > 1 && !cgi)
		return command_run(argc, argv);
	signal(SIGPIPE, SIG_IGN); /* a peer that went, */
	signal(SIGXFSZ, SIG_IGN); /* or a file at its limit, is an error of a call, not the end */
	if (is_listening(LISTENER))
		return fcgi_run(config);
	return cgi ? cgi_run(config) : command_usage();
}
