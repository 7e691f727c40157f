/*
 * main: a command, CGI or FastCGI? And the loop of a FastCGI process, which serves one request at a time; many share the listening
 * socket. Signals that end it are blocked and read from a descriptor between two requests, so that none cuts a read or a write short;
 * epoll wakes one process for a connection, not all.
 */
#include <fcntl.h>
#include <limits.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/json.h"
#include "base/signals.h"
#include "command/command.h"
#include "config/config_path.h"
#include "http/cgi.h"
#include "http/fcgi.h"
#include "seeother.h"
#include "serve/keeper.h"
#include "serve/sandbox.h"
#include "task/wake.h"

enum { LISTENER = STDIN_FILENO, LARGE_BLOCK = 128 * 1024 };

/* What an answer takes. */
struct service {
	struct site *site;
	struct arena arena;
};

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

/* Locks the process in; what the kernel can't do is said where that is not said for each page that is looked at. */
static void lock_in(struct sandbox *sandbox, const struct site *site, bool say)
{
	const char *lacking = site->config ? sandbox_enter(sandbox, site->config) : NULL;
	if (lacking && say)
		diag_error("the sandbox is not whole: the kernel lacks %s (see \"sandbox\" in the manual)", lacking);
}

static void answer(void *context, const struct transport *transport)
{
	struct service *service = context;
	seeother_answer(service->site, &service->arena, transport);
}

/*
 * Serves one who is waiting. The files are looked at when somebody has connected, and before that is accepted: who has changed one and
 * then connects must not be served by what it was, and a connection can't be given back. Gives 0, or KEEPER_RENEW where this process
 * may not reach any more what it should.
 */
static int serve_waiting(struct service *service, const struct sandbox *sandbox)
{
	if (site_changed(service->site) || sandbox_stale(sandbox))
		return KEEPER_RENEW;
	int connection = fcgi_accept(LISTENER);
	if (connection >= 0)
		fcgi_serve(connection, answer, service);
	return 0;
}

/* Serves until a signal comes, or until what this process may reach is no more what it should. */
static int serve(struct site *site)
{
	struct service service = {.site = site};
	struct sandbox sandbox = {0};
	int status = 0;
	int signals = hold_enders(), watch = signals < 0 ? -1 : watch_begin(signals);
	if (watch < 0 || fcgi_begin() < 0) {
		diag_system("can't serve FastCGI");
		return 1;
	}
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK); /* set once, it stays: what was large goes back to the system when it is freed */
#endif
	lock_in(&sandbox, site, true);
	while (status == 0 && wait_for_connection(watch))
		status = serve_waiting(&service, &sandbox);
	site_end(site);
	sandbox_end(&sandbox);
	arena_free(&service.arena);
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
	const struct config *set = site.config;
	if (!reads && set && set->sandbox && (set->tasks_n > 0 || (set->any_keep && wake_due(set))))
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
	config_path_find(config);
	if (argc > 1 && !cgi)
		return command_run(argc, argv);
	signal(SIGPIPE, SIG_IGN); /* a peer that went, */
	signal(SIGXFSZ, SIG_IGN); /* or a file at its limit, is an error of a call, not the end */
	if (is_listening(LISTENER))
		return fcgi_run(config);
	return cgi ? cgi_run(config) : command_usage();
}
