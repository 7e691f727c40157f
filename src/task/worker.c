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
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/signals.h"
#include "base/span.h"
#include "keep/nodes.h"
#include "keep/secret_report.h"
#include "keep/site.h"
#include "task/alarm.h"
#include "task/attempt.h"
#include "task/deciding.h"
#include "task/retention.h"
#include "task/worker_lock.h"
#include "task/worker_log.h"
#include "task/worker_start.h"

enum { TICK_MILLISECONDS = 250, POLLED = 64 };

struct worker {
	struct site site;
	const struct config *config; /* whose tasks the queues are */
	struct secret secret;
	struct deciding deciding;
	struct queue *queues;
	size_t queues_n;
	size_t turn;              /* the queue that gets the next free slot */
	size_t forms_n;           /* forms that have queues */
	struct attempt *attempts; /* config->parallel of them */
	size_t running;           /* the alarm is one of them */
	struct alarm alarm;
	int signals;
	int lock; /* of data and node */
	char data[PATH_MAX], node[NAME_MAX + 1];
	int64_t expired; /* the day on which it last looked for outcomes that are too old, */
	int64_t looked;  /* and the uptime in microseconds */
	int64_t visited; /* the uptime at which it last looked for the work of other nodes */
	bool stopping, failed;
	bool moved; /* data or node has changed: another lock and secret are needed */
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
	worker->running -= alarm_reap(&worker->alarm, time(NULL));
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
	deciding_end(&worker->deciding);
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
	worker->forms_n = 0;
	for (size_t i = 0; i < config->forms_n; i++) {
		size_t k = 0;
		while (config_form_task(config, &config->forms[i], k))
			k++;
		n += k;
		worker->forms_n += k > 0;
	}
	worker->config = config;
	deciding_begin(&worker->deciding, config);
	worker->queues = calloc(n + 1, sizeof *worker->queues);
	worker->attempts = calloc((size_t)config->parallel, sizeof *worker->attempts);
	if (!worker->queues || !worker->attempts)
		diag_die("out of memory");
	for (size_t i = 0; i < config->forms_n; i++)
		for (size_t k = 0; (task = config_form_task(config, &config->forms[i], k)); k++) {
			struct queue *queue = &worker->queues[worker->queues_n++];
			queue_begin(queue, config, &config->forms[i], task);
			queue->decided = deciding_of(&worker->deciding, &config->forms[i]);
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
		switch (attempt_begin(attempt, &worker->secret, &arena)) {
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
	for (size_t i = 0; queue_full(queue) && !queue->task->digest && i < worker->config->parallel; i++)
		if (worker->attempts[i].used && worker->attempts[i].queue == queue)
			worker->failed |= attempt_detach(&worker->attempts[i]) < 0;
}

/*
 * Tells whether a queue may take one more slot. While there are others, the jobs of one queue, and those of one form, leave a slot
 * free: else slow jobs would hold up another form's mail.
 */
static bool may_start(const struct worker *worker, const struct queue *queue)
{
	size_t same_queue = 0, same_form = 0, slots = (size_t)worker->config->parallel;
	for (size_t i = 0; i < slots; i++)
		if (worker->attempts[i].used) {
			same_queue += worker->attempts[i].queue == queue;
			same_form += worker->attempts[i].queue->form == queue->form;
		}
	if (queue->task->digest && same_queue)
		return false; /* the lines of one digest are settled before the next one begins */
	if (slots == 1)
		return true;
	return same_queue < slots - (worker->queues_n > 1) && same_form < slots - (worker->forms_n > 1);
}

/* Starts jobs while slots are free. Each queue has its turn, and the next time the turn goes on where it stopped. */
static void start_jobs(struct worker *worker)
{
	for (size_t idle = 0; idle < worker->queues_n && !worker->failed;) {
		struct queue *queue = &worker->queues[worker->turn % worker->queues_n];
		struct attempt *attempt = free_attempt(worker);
		if (!attempt)
			return;
		make_room(worker, queue);
		bool started = queue_ready(queue) && may_start(worker, queue) && start_next(worker, attempt, queue);
		idle = started ? 0 : idle + 1;
		worker->turn = (worker->turn + 1) % worker->queues_n;
	}
}

static void stop_all(struct worker *worker)
{
	worker->stopping = true;
	for (size_t i = 0; i < worker->config->parallel; i++)
		if (worker->attempts[i].used)
			run_stop(&worker->attempts[i].run);
	if (worker->alarm.attempt.used)
		run_stop(&worker->alarm.attempt.run);
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
	if (worker->alarm.attempt.used) {
		run_listen(&worker->alarm.attempt.run);
		run_check(&worker->alarm.attempt.run);
	}
}

static bool any_pending(struct worker *worker)
{
	time_t next = 0;
	if (deciding_pending(&worker->deciding))
		return true;
	for (size_t i = 0; i < worker->queues_n; i++)
		if (queue_ready(&worker->queues[i]) && queue_pending(&worker->queues[i], &next))
			return true;
	return false;
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
	if (worker->running)
		return false;
	if (worker_lock_valid(worker->lock, worker->config)) /* else they would go into another data folder */
		worker->failed |= write_cursors(worker) < 0;
	site_refresh(&worker->site);
	if (is_moved(worker)) { /* the queues of the new place may be begun under its lock only */
		end_queues(worker);
		worker->moved = true;
		return false;
	}
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
	if (steady_look(worker->config->data, worker->site.own, now, worker->config->durable, &steady) < 0) {
		diag_system("%s/clock: read or write failed; nothing is erased for its age", worker->config->data);
		return;
	}
	job_cleanup(worker->config->data);
	for (size_t i = 0; i < worker->config->forms_n; i++)
		if (worker->config->forms[i].keep)
			retention_run(worker->config, &worker->config->forms[i], worker->queues, worker->queues_n, &steady, now);
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
	while (!worker->failed) {
		bool ready = !worker->stopping && refresh_config(worker);
		if (worker->moved)
			return 0;
		worker_log_trim(worker->config->data);
		for (size_t i = 0; i < worker->queues_n; i++)
			queue_refresh(&worker->queues[i], &worker->secret, time(NULL));
		if (ready) {
			deciding_run(&worker->deciding, &worker->secret, time(NULL));
			expire_outcomes(worker);
			start_jobs(worker);
			if (stay)
				visit_others(worker);
			worker->running += alarm_begin(&worker->alarm, worker->queues, worker->queues_n, &worker->secret, time(NULL));
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
	begin_queues(worker);
	int failed = work_queues(worker, stay);
	failed |= write_cursors(worker);
	close(worker->lock);
	*again = !failed && !worker->stopping && (worker->moved || any_pending(worker));
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
	end_queues(&worker);
	site_end(&worker.site);
	return failed ? 1 : 0;
}
