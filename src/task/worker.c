/*
 * One worker runs the jobs of all forms and tasks of a data folder, or of one node of it. The worker's lock sees to that, so no job
 * runs twice at the same time. The worker ends when all queues are empty and no retry is left.
 */
#include "task/worker.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/signals.h"
#include "keep/nodes.h"
#include "keep/secret_report.h"
#include "keep/site.h"
#include "task/deciding.h"
#include "task/job.h"
#include "task/retention.h"
#include "task/scheduler.h"
#include "task/worker_lock.h"
#include "task/worker_log.h"
#include "task/worker_start.h"

enum { TICK_MILLISECONDS = 250, POLLED = 64 };

struct worker {
	struct site site;
	const struct config *config; /* whose tasks the scheduler does */
	struct secret secret;
	struct deciding deciding;
	struct scheduler scheduler;
	int signals;
	int lock; /* of data and node */
	char data[PATH_MAX], node[NAME_MAX + 1];
	int64_t expired; /* the day on which it last looked for outcomes that are too old, */
	int64_t looked;  /* and the uptime in microseconds */
	int64_t visited; /* the uptime at which it last looked for the work of other nodes */
	bool moved;      /* data or node has changed: another lock and secret are needed */
};

static void end_scheduler(struct worker *worker)
{
	scheduler_end(&worker->scheduler);
	deciding_end(&worker->deciding);
}

/* Begins the queues of the configuration in force. */
static void begin_scheduler(struct worker *worker)
{
	end_scheduler(worker);
	worker->config = worker->site.config;
	deciding_begin(&worker->deciding, worker->config);
	scheduler_begin(&worker->scheduler, worker->config, &worker->secret, &worker->deciding);
}

/* Takes the signals that have come. All but SIGCHLD ask the worker to end. */
static void take_signals(struct worker *worker)
{
	struct signalfd_siginfo signal;
	while (read(worker->signals, &signal, sizeof signal) == sizeof signal)
		if (signal.ssi_signo != SIGCHLD && !worker->scheduler.stopping)
			scheduler_stop(&worker->scheduler);
}

/* Waits until a run ends or reports progress, a signal comes, or a moment has passed. */
static void wait_for_news(struct worker *worker)
{
	struct pollfd files[POLLED] = {{.fd = worker->signals, .events = POLLIN}};
	poll(files, 1 + scheduler_files(&worker->scheduler, files + 1, POLLED - 1), TICK_MILLISECONDS);
	take_signals(worker);
}

static bool any_pending(struct worker *worker)
{
	return deciding_pending(&worker->deciding) || scheduler_pending(&worker->scheduler);
}

/* Tells whether the lock is not that of the data folder and node that the configuration now names. */
static bool is_moved(const struct worker *worker)
{
	const struct config *config = worker->site.config;
	return strcmp(worker->data, config->data) != 0 || strcmp(worker->node, config->node) != 0 ||
		!worker_lock_valid(worker->lock, config);
}

/* Takes up a changed configuration as soon as nothing runs. Tells whether jobs may be started. */
static bool refresh_config(struct worker *worker)
{
	if (!site_changed(&worker->site) && worker_lock_valid(worker->lock, worker->config))
		return true;
	if (worker->scheduler.running)
		return false;
	if (worker_lock_valid(worker->lock, worker->config)) /* else they would go into another data folder */
		scheduler_settle(&worker->scheduler);
	site_refresh(&worker->site);
	if (is_moved(worker)) { /* the queues of the new place may be begun under its lock only */
		end_scheduler(worker);
		worker->moved = true;
		return false;
	}
	if (worker->site.config != worker->config)
		begin_scheduler(worker);
	return true;
}

/* Looks for outcomes that are too old: at the start, each hour, which shows leaps of the clock, and when a day begins. */
static void expire_outcomes(struct worker *worker)
{
	const int64_t hour = 60 * 60 * DATE_SECOND, uptime = date_uptime();
	time_t now = time(NULL);
	struct steady steady;
	if (worker->expired == date_day(now) && uptime < worker->looked + hour)
		return;
	worker->expired = date_day(now);
	worker->looked = uptime;
	if (!worker->config->any_keep)
		return;
	if (steady_look(worker->config->data, worker->site.own, now, worker->config->durable, &steady) < 0) {
		diag_system("%s/clock: read or write failed; nothing is erased for its age", worker->config->data);
		return;
	}
	job_cleanup(worker->config->data);
	for (size_t i = 0; i < worker->config->forms_n; i++)
		if (worker->config->forms[i].keep)
			retention_run(worker->config, &worker->config->forms[i], worker->scheduler.queues, worker->scheduler.queues_n,
				&steady, now);
}

static void visit(void *context, const char *node)
{
	worker_start_for(((struct worker *)context)->config, node);
}

/* Once a minute, starts a worker for each other node that has none: its host may be dead. If it only sleeps, its jobs may run twice. */
static void visit_others(struct worker *worker)
{
	int64_t uptime = date_uptime();
	if (!*worker->config->node || uptime < worker->visited + 60 * DATE_SECOND)
		return;
	worker->visited = uptime;
	nodes_each_other(worker->config, visit, worker);
}

/* Works until nothing is left, a signal came, or the worker has moved. The lock must be held. */
static int work_queues(struct worker *worker, bool stay)
{
	struct scheduler *scheduler = &worker->scheduler;
	while (!scheduler->failed) {
		bool ready = !scheduler->stopping && refresh_config(worker);
		if (worker->moved)
			return 0;
		worker_log_trim(worker->config->data);
		scheduler_refresh(scheduler);
		if (ready) {
			deciding_run(&worker->deciding, &worker->secret, time(NULL));
			expire_outcomes(worker);
			scheduler_start(scheduler);
			if (stay)
				visit_others(worker);
		}
		if (!scheduler->running && (scheduler->stopping || (!stay && !any_pending(worker))))
			return 0;
		wait_for_news(worker);
		scheduler_watch(scheduler);
	}
	scheduler_stop(scheduler);
	while (scheduler->running) {
		wait_for_news(worker);
		scheduler_watch(scheduler);
	}
	return -1;
}

static int hold_worker_signals(void)
{
	static const int ours[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
	return signals_hold(ours, sizeof ours / sizeof *ours);
}

/* Takes the lock; if stay is set, waits for it until a signal comes. */
static int lock_for(struct worker *worker, bool stay)
{
	int lock;
	while ((lock = worker_lock_take(worker->site.config)) < 0 && errno == EWOULDBLOCK && stay && !worker->scheduler.stopping) {
		struct pollfd file = {.fd = worker->signals, .events = POLLIN};
		poll(&file, 1, TICK_MILLISECONDS * 4);
		take_signals(worker);
	}
	if (lock < 0 && errno != EWOULDBLOCK)
		diag_system("%s/worker: can't be locked, so tasks wait", worker->site.config->data);
	return lock;
}

static int load_own_secret(struct worker *worker)
{
	const char *data = worker->site.config->data;
	bool for_log = worker_log_is_used(data);
	worker->secret = (struct secret){0};
	if (!secret_is_own(data))
		return -1;
	if (secret_load(&worker->secret, data, true) == 0) {
		secret_report_over(data);
		return 0;
	}
	if (for_log)
		secret_report_once(data);
	else
		secret_report(data); /* to whoever ran the command */
	return -1;
}

/* Works on one data folder under its lock. Gives 0, or -1 on failure, which is logged; again is set if another round is needed. */
static int work_round(struct worker *worker, bool stay, bool *again)
{
	const struct config *config = worker->site.config;
	worker->moved = *again = false;
	worker->expired = 0;
	snprintf(worker->data, sizeof worker->data, "%s", config->data);
	snprintf(worker->node, sizeof worker->node, "%s", config->node);
	if (load_own_secret(worker) < 0 || (*config->node && !worker->site.node && nodes_enter(config) < 0))
		return -1;
	worker->lock = lock_for(worker, stay);
	if (worker->lock < 0)
		return errno == EWOULDBLOCK ? 0 : -1;
	worker_lock_mark(worker->lock);
	begin_scheduler(worker);
	int failed = work_queues(worker, stay);
	failed |= scheduler_settle(&worker->scheduler);
	close(worker->lock);
	*again = !failed && !worker->scheduler.stopping && (worker->moved || any_pending(worker));
	return failed;
}

int worker_run(const char *config_file, const char *node, bool stay)
{
	struct worker worker = {.signals = hold_worker_signals(), .lock = -1};
	int failed = -1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* a web server may have it ignored, and then children can't be waited for */
	worker_log_begin();
	if (worker.signals < 0)
		diag_system("the worker can't hold back signals, so tasks wait");
	site_begin(&worker.site, config_file);
	worker.site.whole = true;
	worker.site.node = node;
	site_refresh(&worker.site);
	bool again = worker.site.config && worker.signals >= 0;
	while (again) /* looks once more after it let go of the lock: a post that found the lock taken relies on that */
		failed = work_round(&worker, stay, &again);
	end_scheduler(&worker);
	site_end(&worker.site);
	return failed ? 1 : 0;
}
