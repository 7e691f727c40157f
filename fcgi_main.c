/*
 * main: runs a command, answers one CGI request, or serves FastCGI.
 *
 * A FastCGI process serves one request at a time; many processes share the listening socket. Signals that end a process are blocked and
 * read from a descriptor between two requests, so that they never cut a read or write short. epoll wakes one process for a connection,
 * not all.
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
#include <unistd.h>

#include "base/diag.h"
#include "base/json.h"
#include "base/signals.h"
#include "command/command.h"
#include "config/config_path.h"
#include "http/cgi.h"
#include "http/fcgi.h"
#include "seeother.h"
#include "serve/activation.h"
#include "serve/sandbox.h"
#include "serve/supervisor.h"
#include "task/worker_lock.h"
#include "task/worker_start.h"

enum { LISTENER = STDIN_FILENO, LARGE_BLOCK = 128 * 1024, HEADER_SECONDS = 10 /* while there is no configuration */ };

/* What every answer of a process uses. */
struct service {
	struct site *site;
	struct arena arena;
};

/* Blocks the signals that end the process; gives a descriptor that becomes readable when one comes, or -1. */
static int block_end_signals(void)
{
	static const int ends[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP};
	return signals_hold(ends, sizeof ends / sizeof *ends);
}

/* Gives an epoll descriptor for the listening socket, which wakes one of its waiters, and for the signals; or -1. */
static int watch_begin(int signals)
{
	struct epoll_event listener = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = LISTENER};
	struct epoll_event end = {.events = EPOLLIN, .data.fd = signals};
	int watch = epoll_create1(EPOLL_CLOEXEC), flags = fcntl(LISTENER, F_GETFL);
	if (watch < 0 || flags < 0 || fcntl(LISTENER, F_SETFL, flags | O_NONBLOCK) < 0 ||
		epoll_ctl(watch, EPOLL_CTL_ADD, LISTENER, &listener) < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, signals, &end) < 0)
		return -1;
	return watch;
}

/* Waits for a connection; false if a signal has come. */
static bool wait_for_connection(int watch)
{
	struct epoll_event events[2];
	int n = epoll_wait(watch, events, 2, -1);
	for (int i = 0; i < n; i++)
		if (events[i].data.fd != LISTENER)
			return false;
	return true;
}

/* Enters the sandbox. What is missing of it is logged if log is set, which is not for every page that is read by CGI. */
static void lock_in(struct sandbox *sandbox, const struct site *site, bool log)
{
	const char *missing = site->config ? sandbox_enter(sandbox, site->config) : NULL;
	if (missing && log)
		diag_error("sandbox incomplete: %s (see \"sandbox\" in the manual)", missing);
}

static void answer_transport(void *context, const struct transport *transport)
{
	struct service *service = context;
	seeother_answer(service->site, &service->arena, transport);
	arena_reset(&service->arena); /* a worker that waits holds no memory of the last request */
}

/*
 * Serves one connection. The configuration is checked after somebody has connected and before the connection is accepted: whoever
 * changes a file and then connects gets the new one, and an accepted connection can't be given back. Gives 0, or SUPERVISOR_RENEW if the
 * process has to be replaced, because its sandbox belongs to the old configuration.
 */
static int serve_waiting(struct service *service, const struct sandbox *sandbox)
{
	if (site_changed(service->site) || sandbox_stale(sandbox))
		return SUPERVISOR_RENEW;
	const struct config *config = service->site->config;
	int connection = fcgi_accept(LISTENER);
	struct pace pace = {0};
	if (config)
		pace = (struct pace){.rate = config->body_rate, .seconds = config->body_time};
	if (connection >= 0)
		fcgi_serve(connection, config ? config->header_time : HEADER_SECONDS, pace, answer_transport, service);
	return 0;
}

/* Serves until a signal comes or the process has to be replaced; gives its exit status. */
static int serve_connections(struct site *site)
{
	struct service service = {.site = site};
	struct sandbox sandbox = {0};
	int status = 0;
	int signals = block_end_signals(), watch = signals < 0 ? -1 : watch_begin(signals);
	if (watch < 0 || fcgi_begin() < 0) {
		diag_system("can't serve FastCGI");
		return SUPERVISOR_UNABLE;
	}
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK); /* large blocks go back to the system when they are freed */
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
	int status = supervisor_run(&site, serve_connections);
	site_end(&site);
	return status;
}

static int cgi_run(const char *config)
{
	struct transport transport = cgi_transport();
	struct site site;
	struct arena arena = {0};
	struct sandbox sandbox = {0};
	const char *method = getenv("REQUEST_METHOD");
	bool reads = method && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
	site_begin(&site, config);
	site_refresh(&site);
	const struct config *set = site.config;
	if (!reads && set && set->sandbox && (set->tasks_n > 0 || (set->any_keep && worker_lock_due(set))))
		worker_start_begin(site.config);
	lock_in(&sandbox, &site, !reads);
	seeother_answer(&site, &arena, &transport);
	cgi_discard();
	worker_start_end();
	site_end(&site);
	sandbox_end(&sandbox);
	arena_free(&arena);
	return 0;
}

/* Opens descriptors 0 to 2 if they are closed: a log that got one of them would receive the messages or the answer. */
static void open_standard_files(void)
{
	for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
		if (fcntl(file, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			return;
}

int main(int argc, char **argv)
{
	char config[PATH_MAX];
	open_standard_files();
	/* A web server may pass a query as arguments (RFC 3875 §4.4), so a request is never a command. */
	bool cgi = getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD");
	/*
	 * sodium_init asks the processor for its features, to choose the fastest code. In a virtual machine that takes longer than all
	 * hashing of a CGI request, and the default code gives the same results.
	 */
	if (!cgi && sodium_init() < 0)
		diag_die("libsodium can't be initialised");
	json_begin();
	config_path_find(config);
	if (argc > 1 && !cgi)
		return command_run(argc, argv);
	/* A peer that went away, or a file at its limit, makes a call fail instead of ending the process. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (!cgi && activation_take(LISTENER) < 0)
		return 1;
	if (activation_is_listening(LISTENER))
		return fcgi_run(config);
	return cgi ? cgi_run(config) : command_usage();
}
