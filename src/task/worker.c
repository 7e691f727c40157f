/*
 * One worker runs the jobs of all forms and tasks of a data folder, or of one node of it. The worker's lock sees to that, so no job
 * runs twice at the same time. The worker ends when all queues are empty and no retry is left.
 */
#include "task/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/signals.h"
#include "base/span.h"
#include "keep/site.h"
#include "task/attempt.h"
#include "task/retention.h"
#include "task/worker_lock.h"
#include "task/worker_log.h"

enum { TICK_MILLISECONDS = 250, POLLED = 64 };

struct worker {
	struct site site;
	const struct config *config; /* whose tasks the queues are */
	struct secret secret;
	struct queue *queues;
	size_t queues_n;
	struct attempt *attempts; /* config->parallel of them */
	size_t running;
	int signals;
	int64_t expired; /* the day on which it last looked for outcomes that are too old, */
	int64_t looked;  /* and the uptime in microseconds */
	bool stopping, failed;
};

static void reap_runs(struct worker *worker)
{
	int status;
	for (size_t i = 0; i < worker->config->parallel; i++) {
		struct attempt *attempt = &worker->attempts[i];
		if (!attempt->used || waitpid(attempt->run.process, &status, WNOHANG) != attempt->run.process)
			continue;
		if (attempt_end(attempt, &worker->secret, status, !worker->stopping) < 0)
			worker->failed = true;
		worker->running--;
	}
}

/* Writes the cursors, which also pass lines that asked for nothing. The lock must be held. */
static int write_cursors(struct worker *worker)
{
	int failed = 0;
	for (size_t i = 0; i < worker->queues_n; i++)
		if (worker->queues[i].begun)
			failed |= queue_settle(&worker->queues[i], QUEUE_TAKEN);
	return failed;
}

static void end_queues(struct worker *worker)
{
	for (size_t i = 0; i < worker->queues_n; i++)
		queue_end(&worker->queues[i]);
	free(worker->queues);
	free(worker->attempts);
	worker->queues = NULL;
	worker->attempts = NULL;
	worker->queues_n = 0;
}

/* Begins a queue for each task of each form of the configuration in force. */
static void begin_queues(struct worker *worker)
{
	const struct config *config = worker->site.config;
	const struct task *task;
	size_t n = 0;
	end_queues(worker);
	for (size_t i = 0; i < config->forms_n; i++)
		for (size_t k = 0; config_form_task(config, &config->forms[i], k); k++)
			n++;
	worker->config = config;
	worker->queues = calloc(n + 1, sizeof *worker->queues);
	worker->attempts = calloc((size_t)config->parallel, sizeof *worker->attempts);
	if (!worker->queues || !worker->attempts)
		diag_die("out of memory");
	for (size_t i = 0; i < config->forms_n; i++)
		for (size_t k = 0; (task = config_form_task(config, &config->forms[i], k)); k++) {
			struct queue *queue = &worker->queues[worker->queues_n++];
			queue_begin(queue, config, &config->forms[i], task);
			run_cleanup(queue->folder, config->node);
			job_cleanup(queue->folder);
		}
}

static struct attempt *free_attempt(struct worker *worker)
{
	for (size_t i = 0; i < worker->config->parallel; i++)
		if (!worker->attempts[i].used)
			return &worker->attempts[i];
	return NULL;
}

static bool is_running(const struct worker *worker, const struct queue *queue, const char *id)
{
	for (size_t i = 0; i < worker->config->parallel; i++)
		if (worker->attempts[i].used && worker->attempts[i].queue == queue && strcmp(worker->attempts[i].queued.id, id) == 0)
			return true;
	return false;
}

/* Starts the next job of a queue; false if none is due. */
static bool start_next(struct worker *worker, struct attempt *attempt, struct queue *queue)
{
	struct arena arena = {0};
	bool taken = queue_next(queue, &worker->secret, time(NULL), &arena, &attempt->queued);
	if (taken && is_running(worker, queue, attempt->queued.id)) {
		worker->failed |= queue_settle(queue, attempt->queued.taken) < 0; /* it has a file of its own by now */
	} else if (taken) {
		attempt->queue = queue;
		switch (attempt_begin(attempt, &arena)) {
		case ATTEMPT_BEGUN:
			attempt->used = true;
			worker->running++;
			break;
		case ATTEMPT_NEEDLESS:
			job_remove(queue->folder, span_of(attempt->queued.id), false);
			worker->failed |= queue_settle(queue, attempt->queued.taken) < 0;
			break;
		case ATTEMPT_DROPPED: worker->failed |= queue_settle(queue, attempt->queued.taken) < 0; break;
		case ATTEMPT_FAILED: worker->failed = true; break;
		}
	}
	arena_free(&arena);
	return taken;
}

/* Lets a full queue go on: its running jobs get files of their own. */
static void make_room(struct worker *worker, const struct queue *queue)
{
	for (size_t i = 0; queue_full(queue) && i < worker->config->parallel; i++)
		if (worker->attempts[i].used && worker->attempts[i].queue == queue)
			worker->failed |= attempt_detach(&worker->attempts[i]) < 0;
}

/* Starts jobs while slots are free, each queue in its turn. */
static void start_jobs(struct worker *worker)
{
	for (bool any = true; any && !worker->failed;) {
		any = false;
		for (size_t i = 0; i < worker->queues_n && !worker->failed; i++) {
			struct attempt *attempt = free_attempt(worker);
			if (!attempt)
				return;
			make_room(worker, &worker->queues[i]);
			any |= queue_ready(&worker->queues[i]) && start_next(worker, attempt, &worker->queues[i]);
		}
	}
}

static void stop_all(struct worker *worker)
{
	worker->stopping = true;
	for (size_t i = 0; i < worker->config->parallel; i++)
		if (worker->attempts[i].used)
			run_stop(&worker->attempts[i].run);
}

/* Waits until a run ends or reports progress, a signal comes, or a moment has passed. */
static void wait_for_news(struct worker *worker)
{
	struct pollfd files[POLLED] = {{.fd = worker->signals, .events = POLLIN}};
	struct signalfd_siginfo signal;
	nfds_t n = 1;
	for (size_t i = 0; i < worker->config->parallel && n < POLLED; i++)
		if (worker->attempts[i].used && worker->attempts[i].run.progress_pipe >= 0)
			files[n++] = (struct pollfd){.fd = worker->attempts[i].run.progress_pipe, .events = POLLIN};
	poll(files, n, TICK_MILLISECONDS);
	while (read(worker->signals, &signal, sizeof signal) == sizeof signal)
		if (signal.ssi_signo != SIGCHLD && !worker->stopping)
			stop_all(worker);
}

/* Takes the progress of each run, and stops those that take too long or are not wanted any more. */
static void watch_runs(struct worker *worker)
{
	for (size_t i = 0; i < worker->config->parallel; i++) {
		struct attempt *attempt = &worker->attempts[i];
		if (!attempt->used)
			continue;
		bool news = run_listen(&attempt->run);
		if (attempt_makes_result(attempt) && !attempt->dropped && (attempt->dropped = attempt_is_dropped(attempt, &worker->secret)))
			run_stop(&attempt->run);
		else if (news && attempt_makes_result(attempt))
			attempt_note(attempt);
		run_check(&attempt->run);
	}
}

static bool any_pending(struct worker *worker)
{
	time_t next = 0;
	for (size_t i = 0; i < worker->queues_n; i++)
		if (queue_ready(&worker->queues[i]) && queue_pending(&worker->queues[i], &next))
			return true;
	return false;
}

/* Takes up a changed configuration as soon as nothing runs. Tells whether jobs may be started. */
static bool refresh_config(struct worker *worker)
{
	if (!site_changed(&worker->site))
		return true;
	if (worker->running)
		return false;
	worker->failed |= write_cursors(worker) < 0;
	site_refresh(&worker->site);
	if (worker->site.config != worker->config)
		begin_queues(worker);
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
	if (steady_look(worker->config->data, worker->config->node, now, worker->config->durable, &steady) < 0) {
		diag_system("%s/clock: read or write failed; nothing is erased for its age", worker->config->data);
		return;
	}
	job_cleanup(worker->config->data);
	for (size_t i = 0; i < worker->config->forms_n; i++)
		if (worker->config->forms[i].keep)
			retention_run(worker->config, &worker->config->forms[i], worker->queues, worker->queues_n, &steady, now);
}

/* Works until nothing is left or a signal came. The lock must be held. */
static int work_queues(struct worker *worker, bool stay)
{
	while (!worker->failed) {
		bool ready = !worker->stopping && refresh_config(worker);
		worker_log_trim(worker->config);
		for (size_t i = 0; i < worker->queues_n; i++)
			queue_refresh(&worker->queues[i], &worker->secret, time(NULL));
		if (ready) {
			expire_outcomes(worker);
			start_jobs(worker);
		}
		if (!worker->running && (worker->stopping || (!stay && !any_pending(worker))))
			return 0;
		wait_for_news(worker);
		watch_runs(worker);
		reap_runs(worker);
	}
	stop_all(worker);
	while (worker->running) {
		wait_for_news(worker);
		watch_runs(worker);
		reap_runs(worker);
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
	while ((lock = worker_lock_take(worker->site.config)) < 0 && errno == EWOULDBLOCK && stay && !worker->stopping) {
		struct signalfd_siginfo signal;
		struct pollfd file = {.fd = worker->signals, .events = POLLIN};
		poll(&file, 1, TICK_MILLISECONDS * 4);
		while (read(worker->signals, &signal, sizeof signal) == sizeof signal)
			worker->stopping |= signal.ssi_signo != SIGCHLD;
	}
	if (lock < 0 && errno != EWOULDBLOCK)
		diag_system("%s/worker: can't be locked, so tasks wait", worker->site.config->data);
	return lock;
}

int worker_run(const char *config_file, bool stay)
{
	struct worker worker = {.signals = hold_worker_signals()};
	int lock = -1, failed = -1;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* a web server may have it ignored, and then children can't be waited for */
	site_begin(&worker.site, config_file);
	site_refresh(&worker.site);
	if (!worker.site.config || worker.signals < 0 || !secret_is_own(worker.site.config->data))
		goto out;
	if (secret_load(&worker.secret, worker.site.config->data, true) < 0) {
		secret_report(worker.site.config->data);
		goto out;
	}
	do { /* looks once more after it let go of the lock: a post that found the lock taken relies on that */
		if ((lock = lock_for(&worker, stay)) < 0) {
			failed = errno == EWOULDBLOCK ? 0 : -1;
			break;
		}
		worker_lock_mark(lock);
		begin_queues(&worker);
		failed = work_queues(&worker, stay);
		failed |= write_cursors(&worker);
		close(lock);
	} while (!failed && !worker.stopping && any_pending(&worker));
out:
	if (worker.config)
		end_queues(&worker);
	site_end(&worker.site);
	return failed ? 1 : 0;
}
