/*
 * main: a command, CGI or FastCGI? And FastCGI itself: the transport, and the loop that accepts connections.
 *
 * A FastCGI process serves one request at a time; many processes share the listening socket. Signals that end it are blocked
 * and read from a descriptor between two requests, so that none cuts a read or a write short; epoll wakes one process for a
 * connection, not all. It is accepted here, a time limit is set on it, and libfcgi gets it as if kept open from before:
 * FCGX_Accept_r would read from it, without any limit, before it could be had.
 */
#define _GNU_SOURCE /* accept4 */
#include <errno.h>
#include <fastcgi.h>
#include <fcgiapp.h>
#include <fcgios.h>
#include <fcntl.h>
#include <limits.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "seeother.h"
#include "src/cgi.h"
#include "src/command.h"
#include "src/diag.h"
#include "src/json.h"
#include "src/keeper.h"
#include "src/sandbox.h"
#include "src/signals.h"
#include "src/wake.h"

enum { LISTENER = STDIN_FILENO, FIRST_SECONDS = 3, PEER_SECONDS = 30, LARGE_BLOCK = 128 * 1024, DRAIN_MILLISECONDS = 2000 };

/* How long a peer may be silent before the variables of its request are there, and later on, or take nothing. */
static const struct timeval first_silence = {.tv_sec = FIRST_SECONDS}, silence = {.tv_sec = PEER_SECONDS};

/* A request under way, which is the context of its transport. */
struct serving {
	FCGX_Request *request;
	size_t written; /* bytes of the answer */
	bool reading;   /* its body */
};

static void limit(const struct serving *serving, int which)
{
	if (setsockopt(serving->request->ipcFd, SOL_SOCKET, which, &silence, sizeof silence) < 0)
		diag_system("can't set up a connection");
}

static const char *fcgi_variable(void *context, const char *name)
{
	size_t n = strlen(name);
	for (char **variable = ((struct serving *)context)->request->envp; *variable; variable++)
		if (**variable == *name && strncmp(*variable, name, n) == 0 && (*variable)[n] == '=')
			return *variable + n + 1;
	return NULL;
}

static ssize_t fcgi_read(void *context, char *buffer, size_t n)
{
	struct serving *serving = context;
	int most = n > INT_MAX ? INT_MAX : (int)n;
	if (!serving->reading)
		limit(serving, SO_RCVTIMEO);
	serving->reading = true;
	return FCGX_GetStr(buffer, most, serving->request->in);
}

/* The FastCGI specification, §6.2: compare what came with CONTENT_LENGTH. */
static bool fcgi_surplus(void *context)
{
	return FCGX_GetChar(((struct serving *)context)->request->in) != EOF;
}

/* The first bytes fit into a socket's buffer, so that they need no time limit; one that goes on is given one. */
static void limit_writing(struct serving *serving, size_t n)
{
	enum { SURELY_FIT = 32 * 1024 };
	if (serving->written <= SURELY_FIT && serving->written + n > SURELY_FIT)
		limit(serving, SO_SNDTIMEO);
	serving->written += n;
}

static int fcgi_write(void *context, const char *bytes, size_t n)
{
	FCGX_Stream *out = ((struct serving *)context)->request->out;
	limit_writing(context, n);
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

/* Passes on what was said before there was a request: its stream for errors leads to the web server's log. */
static void pass_on(FCGX_Request *request)
{
	size_t n;
	const char *lines = keeper_said(&n);
	if (n > 0)
		FCGX_PutStr(lines, (int)n, request->err);
}

/* Blocks the signals that end the process and gives a descriptor that can be read once one has come, or -1. */
static int hold_enders(void)
{
	static const int enders[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP};
	return signals_hold(enders, sizeof enders / sizeof *enders);
}

/* Gives an epoll descriptor for the listener, of whose waiters one is woken, and for the signals; or -1. */
static int watch_begin(int signals)
{
	struct epoll_event listener = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = LISTENER};
	struct epoll_event ender = {.events = EPOLLIN, .data.fd = signals};
	int watch = epoll_create1(EPOLL_CLOEXEC), flags = fcntl(LISTENER, F_GETFL);
	if (watch < 0 || flags < 0 || fcntl(LISTENER, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    epoll_ctl(watch, EPOLL_CTL_ADD, LISTENER, &listener) < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, signals, &ender) < 0)
		return -1;
	return watch;
}

/* Waits for a connection; false once a signal has come, whatever else there is. */
static bool wait_for_connection(int watch)
{
	struct epoll_event events[2];
	int n = epoll_wait(watch, events, 2, -1);
	for (int i = 0; i < n; i++)
		if (events[i].data.fd != LISTENER)
			return false;
	return true;
}

/* libfcgi's accept honours the list of web servers, but takes two system calls more: only with such a list. */
static int accept_from(const char *servers)
{
	if (!servers)
		return accept4(LISTENER, NULL, NULL, SOCK_CLOEXEC);
	int connection = OS_Accept(LISTENER, 1, servers);
	if (connection >= 0 && fcntl(connection, F_SETFD, FD_CLOEXEC) < 0)
		diag_system("can't set up a connection");
	return connection;
}

/* Gives a connection that came, or -1 where another process was quicker. */
static int connection_accept(void)
{
	static const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
	int connection = accept_from(getenv("FCGI_WEB_SERVER_ADDRS"));
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

static int64_t milliseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Ends a connection. libfcgi would wait until the peer has closed too, for as long as it goes on sending; here that is done only
 * where the peer may not have had its answer yet (a socket closed on unread bytes is reset), and for a bounded time.
 */
static void connection_close(FCGX_Request *request, bool read_all)
{
	char unread[16 * 1024];
	struct pollfd peer = {.fd = request->ipcFd, .events = POLLIN};
	if (peer.fd < 0)
		return; /* libfcgi has closed it, for an error on it */
	if (!read_all && shutdown(peer.fd, SHUT_WR) == 0) {
		int64_t end = milliseconds() + DRAIN_MILLISECONDS, left;
		while ((left = end - milliseconds()) > 0 && poll(&peer, 1, (int)left) > 0)
			if (read(peer.fd, unread, sizeof unread) <= 0)
				break;
	}
	FCGX_Free(request, 1);
}

static void request_serve(struct site *site, struct arena *arena, FCGX_Request *request, int connection)
{
	struct serving serving = {.request = request};
	struct transport transport = {&serving, fcgi_variable, fcgi_read, fcgi_surplus, fcgi_write};
	request->ipcFd = connection;
	request->keepConnection = 1; /* else FCGX_Accept_r would close it first; it sets this anew */
	FCGX_Detach(request);        /* makes each close a plain one, also that of a peer that FCGX_Accept_r gives up */
	if (FCGX_Accept_r(request) < 0)
		return; /* the peer went, or spoke no FastCGI; there is no second connection to be had from listener -1 */
	diag_to(fcgi_diag, request);
	pass_on(request);
	if (request->role != FCGI_RESPONDER)
		FCGX_PutS("Status: 501 Not Implemented\r\nContent-Type: text/plain\r\n\r\nseeother is a responder only.\n", request->out);
	else if (FCGX_GetError(request->in) == 0) /* else the variables were cut short */
		seeother_answer(site, arena, &transport);
	diag_to(NULL, NULL);
	bool read_all = FCGX_HasSeenEOF(request->in) == EOF;
	request->keepConnection = 1; /* leaves it to connection_close; truly kept open it would pin this process to one peer */
	FCGX_Finish_r(request);
	connection_close(request, read_all);
}

/* Locks the process in; what the kernel can't do is said where that is not said for each page that is looked at. */
static void lock_in(struct sandbox *sandbox, const struct site *site, bool say)
{
	const char *lacking = site->config ? sandbox_enter(sandbox, site->config) : NULL;
	if (lacking && say)
		diag_error("the sandbox is not whole: the kernel lacks %s (see \"sandbox\" in the manual)", lacking);
}

/* Serves until a signal comes, or until what this process may reach is no more what it should. */
static int serve(struct site *site)
{
	struct arena arena = {0};
	struct sandbox sandbox = {0};
	FCGX_Request request;
	int status = 0;
	int signals = hold_enders(), watch = signals < 0 ? -1 : watch_begin(signals);
	if (watch < 0 || FCGX_Init() != 0 || FCGX_InitRequest(&request, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		diag_system("can't serve FastCGI");
		return 1;
	}
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK); /* set once, it stays: what was large goes back to the system when it is freed */
#endif
	lock_in(&sandbox, site, true);
	while (status == 0 && wait_for_connection(watch)) {
		if (site_changed(site) || sandbox_stale(&sandbox)) {
			status = KEEPER_RENEW;
			continue;
		}
		int connection = connection_accept();
		if (connection >= 0)
			request_serve(site, &arena, &request, connection);
	}
	site_end(site);
	sandbox_end(&sandbox);
	arena_free(&arena);
	close(watch);
	close(signals);
	return status;
}

static int fcgi_run(const char *config)
{
	struct site site;
	site_begin(&site, config);
	int status = keeper_run(&site, serve);
	site_end(&site);
	return status;
}

static int cgi_run(const char *config)
{
	uint64_t taken = 0;
	struct transport transport = cgi_transport(&taken);
	struct site site;
	struct arena arena = {0};
	struct sandbox sandbox = {0};
	const char *method = getenv("REQUEST_METHOD");
	bool reads = method && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
	site_begin(&site, config);
	site_refresh(&site);
	if (!reads && site.config && site.config->sandbox && site.config->tasks_n > 0)
		wake_begin(site.config);
	lock_in(&sandbox, &site, !reads);
	seeother_answer(&site, &arena, &transport);
	cgi_discard(taken);
	wake_end();
	site_end(&site);
	sandbox_end(&sandbox);
	arena_free(&arena);
	return 0;
}

static bool is_listening(int file)
{
	int yes = 0;
	socklen_t n = sizeof yes;
	return getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 && yes;
}

/* Descriptors 0 to 2 may come closed; a log that got one of them would take the messages, or the answer. */
static void standard_files_hold(void)
{
	for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
		if (fcntl(file, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			return;
}

int main(int argc, char **argv)
{
	char config[PATH_MAX];
	standard_files_hold();
	/* A web server may turn a query into arguments (RFC 3875 §4.4): whatever they say, a request is no command. */
	bool cgi = getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD");
	/*
	 * It chooses the fastest code for this processor, which it asks what it can: in a virtual machine that takes longer than all
	 * that a CGI request has hashed. The code that is there without it gives the same results.
	 */
	if (!cgi && sodium_init() < 0)
		diag_die("libsodium can't start");
	json_begin();
	command_config_path(config);
	if (argc > 1 && !cgi)
		return command_run(argc, argv);
	signal(SIGPIPE, SIG_IGN); /* a peer that went, */
	signal(SIGXFSZ, SIG_IGN); /* or a file at its limit, is an error of a call, not the end */
	if (is_listening(LISTENER))
		return fcgi_run(config);
	return cgi ? cgi_run(config) : command_usage();
}
