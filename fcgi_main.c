/*
 * main: runs a command, answers one CGI request, or serves FastCGI.
 *
 * A FastCGI process serves one request at a time; many processes share the listening socket. Signals that end a process are blocked and
 * read from a descriptor between two requests, so that they never cut a read or write short.
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
#include "serve/arrivals.h"
#include "serve/handover.h"
#include "serve/sandbox.h"
#include "serve/supervisor.h"
#include "task/worker_lock.h"
#include "task/worker_start.h"

enum { LISTENER = STDIN_FILENO, LARGE_BLOCK = 128 * 1024, HEADER_SECONDS = 10, BODY_SECONDS = 20 /* while there is no configuration */ };

/* What every answer of a process uses. */
struct service {
	struct site *site;
	struct arena arena;
	struct arrivals *arrivals;
	volatile bool relieved; /* another process has taken the place of this one, which ends after its request */
};

/* Blocks the signals that end the process; gives a descriptor that becomes readable when one comes, or -1. */
static int block_end_signals(void)
{
	static const int ends[] = {SIGTERM, SIGUSR1, SIGINT, SIGHUP, SIGUSR2};
	return signals_hold(ends, sizeof ends / sizeof *ends);
}

/* Opens the access log, and enters the sandbox, in which it could not be opened. What is missing of it is logged if log is set, which is not for every page that is read by CGI. */
static void lock_in(struct sandbox *sandbox, struct site *site, bool log)
{
	access_log_open(&site->access, site->config);
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
 * Leaves all but this request to another process, since a peer holds this one up. Runs in a signal's handler while the process reads, or
 * while it writes, but never while it changes its arrivals.
 */
static void make_way(void *context)
{
	struct service *service = context;
	struct arrival waiting[ARRIVALS_MOST];
	if (service->arrivals->closing)
		return;
	if (handover_give(waiting, arrivals_pass_on(service->arrivals, waiting)) == 0)
		arrivals_let_go(service->arrivals);
	service->relieved = supervisor_relieve();
}

/* Returns how long peers may take under a configuration, which may be missing. */
static struct patience patience_under(const struct config *config)
{
	if (!config)
		return (struct patience){.header_seconds = HEADER_SECONDS, .body.seconds = BODY_SECONDS};
	return (struct patience){.header_seconds = config->header_time, .body = {.rate = config->body_rate, .seconds = config->body_time}};
}

/*
 * Serves one connection if one is ready. The configuration is checked after somebody has connected and before the connection is accepted:
 * whoever changes a file and then connects gets the new one. Gives 0, or SUPERVISOR_RENEW if the process has to be replaced, because its
 * sandbox belongs to the old configuration, or its access log was moved.
 */
static int serve_ready(struct service *service, struct sandbox *sandbox, struct arrivals *arrivals)
{
	struct fcgi_connection connection;
	if (!arrivals->closing &&
		(site_changed(service->site) || sandbox_stale(sandbox) || access_log_moved(&service->site->access, service->site->config)))
		return SUPERVISOR_RENEW;
	const struct fcgi_service serving = {.header_seconds = arrivals->patience.header_seconds,
		.pace = arrivals->patience.body,
		.answer = answer_transport,
		.held_up = make_way,
		.context = service};
	if (arrivals_next(arrivals, &connection) && fcgi_serve(&connection, &serving))
		arrivals_linger(arrivals, connection.socket);
	return 0;
}

/* Passes on the connections that wait to the process that takes the place of this one. */
static int hand_over(const struct arrivals *arrivals)
{
	struct arrival waiting[ARRIVALS_MOST];
	size_t n = arrivals_pass_on(arrivals, waiting);
	if (handover_give(waiting, n) < 0)
		diag_system("%zu connections whose requests are on the way can't be handed over, and are closed", n);
	return SUPERVISOR_RENEW;
}

/* Serves until a signal comes, and then what has arrived by then, or until the process has to be replaced; gives its exit status. */
static int serve_arrivals(struct service *service, struct sandbox *sandbox, struct arrivals *arrivals)
{
	int status = 0;
	while (status == 0 && !service->relieved && arrivals_wait(arrivals))
		status = serve_ready(service, sandbox, arrivals);
	if (status == SUPERVISOR_RENEW || (!service->relieved && arrivals_signal(arrivals) == SIGHUP))
		return hand_over(arrivals);
	arrivals_close(arrivals);
	while (arrivals_wait(arrivals))
		serve_ready(service, sandbox, arrivals);
	return 0;
}

/* Runs in a process of the supervisor's; gives its exit status. */
static int serve_connections(struct site *site)
{
	static struct arrivals arrivals;
	struct service service = {.site = site, .arrivals = &arrivals};
	struct sandbox sandbox = {0};
	struct patience patience = patience_under(site->config);
	struct arrival passed[ARRIVALS_MOST];
	int signals = block_end_signals();
	if (signals < 0 || arrivals_begin(&arrivals, LISTENER, signals, &patience) < 0 || fcgi_begin() < 0) {
		diag_system("can't serve FastCGI");
		return SUPERVISOR_UNABLE;
	}
	arrivals_adopt(&arrivals, passed, handover_take(passed));
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK); /* large blocks go back to the system when they are freed */
#endif
	lock_in(&sandbox, site, true);
	int status = serve_arrivals(&service, &sandbox, &arrivals);
	site_end(site);
	sandbox_end(&sandbox);
	arena_free(&service.arena);
	arrivals_end(&arrivals);
	close(signals);
	return status;
}

static int fcgi_run(const char *config)
{
	struct site site;
	if (handover_begin() < 0) {
		diag_system("can't serve FastCGI: connections can't be handed over");
		return 1;
	}
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
	struct sandbox sandbox = {.brief = true};
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
	static char config[PATH_MAX]; /* on the stack it would cost a CGI process a page */
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
