/*
 * Up to general.parallel jobs run at the same time, one in each slot. The queues take turns, so that the jobs of one form hold up nobody
 * else's. Settling a line, which moves a cursor, is left to the attempt that ends, or done here where nothing had to be started.
 */
#include "task/scheduler.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/diag.h"
#include "base/span.h"
#include "task/queue_next.h"

/* --- queues -------------------------------------------------------------------------------------------------------- */

static size_t count_tasks(const struct config *config, const struct form *form)
{
	size_t n = 0;
	while (config_form_task(config, form, n))
		n++;
	return n;
}

static void begin_queue(struct scheduler *scheduler, const struct form *form, const struct task *task, const struct decided *decided)
{
	const struct config *config = scheduler->config;
	struct queue *queue = &scheduler->queues[scheduler->queues_n++];
	queue_begin(queue, config, form, task);
	queue->decided = decided;
	run_cleanup(queue->folder, config->node);
	job_cleanup(queue->folder);
}

void scheduler_begin(struct scheduler *scheduler, const struct config *config, const struct secret *secret, const struct deciding *deciding)
{
	const struct task *task;
	size_t n = 0;
	scheduler_end(scheduler);
	scheduler->config = config;
	scheduler->secret = secret;
	scheduler->forms_n = 0;
	for (size_t i = 0; i < config->forms_n; i++) {
		size_t tasks = count_tasks(config, &config->forms[i]);
		n += tasks;
		scheduler->forms_n += tasks > 0;
	}
	scheduler->slots = (size_t)config->parallel;
	scheduler->queues = calloc(n + 1, sizeof *scheduler->queues);
	scheduler->attempts = calloc(scheduler->slots, sizeof *scheduler->attempts);
	if (!scheduler->queues || !scheduler->attempts)
		diag_die("out of memory");
	for (size_t i = 0; i < config->forms_n; i++)
		for (size_t k = 0; (task = config_form_task(config, &config->forms[i], k)); k++)
			begin_queue(scheduler, &config->forms[i], task, deciding_of(deciding, &config->forms[i]));
}

void scheduler_end(struct scheduler *scheduler)
{
	for (size_t i = 0; i < scheduler->queues_n; i++)
		queue_end(&scheduler->queues[i]);
	free(scheduler->queues);
	free(scheduler->attempts);
	scheduler->queues = NULL;
	scheduler->attempts = NULL;
	scheduler->queues_n = 0;
	scheduler->slots = 0;
}

void scheduler_refresh(struct scheduler *scheduler)
{
	for (size_t i = 0; i < scheduler->queues_n; i++)
		queue_refresh(&scheduler->queues[i], scheduler->secret, time(NULL));
}

bool scheduler_pending(struct scheduler *scheduler)
{
	time_t next = 0;
	for (size_t i = 0; i < scheduler->queues_n; i++)
		if (queue_ready(&scheduler->queues[i]) && queue_pending(&scheduler->queues[i], &next))
			return true;
	return false;
}

int scheduler_settle(struct scheduler *scheduler)
{
	int failed = 0;
	for (size_t i = 0; i < scheduler->queues_n; i++)
		if (scheduler->queues[i].begun)
			failed |= queue_settle(&scheduler->queues[i], QUEUE_TAKEN);
	scheduler->failed |= failed < 0;
	return failed;
}

/* --- starting jobs ------------------------------------------------------------------------------------------------- */

static struct attempt *free_attempt(struct scheduler *scheduler)
{
	for (size_t i = 0; i < scheduler->slots; i++)
		if (!scheduler->attempts[i].used)
			return &scheduler->attempts[i];
	return NULL;
}

static bool is_running(const struct scheduler *scheduler, const struct queue *queue, const char *id)
{
	for (size_t i = 0; i < scheduler->slots; i++)
		if (scheduler->attempts[i].used && scheduler->attempts[i].queue == queue &&
			strcmp(scheduler->attempts[i].queued.id, id) == 0)
			return true;
	return false;
}

/* Starts the next job of a queue; false if none is due. */
static bool start_next(struct scheduler *scheduler, struct attempt *attempt, struct queue *queue)
{
	struct arena arena = {0};
	bool taken = queue_next(queue, scheduler->secret, time(NULL), &arena, &attempt->queued);
	if (taken && is_running(scheduler, queue, attempt->queued.id)) {
		scheduler->failed |= queue_settle(queue, attempt->queued.taken) < 0; /* it has a file of its own by now */
	} else if (taken) {
		attempt->queue = queue;
		switch (attempt_begin(attempt, scheduler->secret, &arena)) {
		case ATTEMPT_BEGUN:
			attempt->used = true;
			scheduler->running++;
			break;
		case ATTEMPT_NEEDLESS:
			job_remove(queue->folder, span_of(attempt->queued.id), false);
			scheduler->failed |= queue_settle(queue, attempt->queued.taken) < 0;
			break;
		case ATTEMPT_DROPPED: scheduler->failed |= queue_settle(queue, attempt->queued.taken) < 0; break;
		case ATTEMPT_FAILED: scheduler->failed = true; break;
		}
	}
	arena_free(&arena);
	return taken;
}

/* Lets a full queue go on: its running jobs get files of their own. */
static void make_room(struct scheduler *scheduler, const struct queue *queue)
{
	for (size_t i = 0; queue_full(queue) && !queue->task->digest && i < scheduler->slots; i++)
		if (scheduler->attempts[i].used && scheduler->attempts[i].queue == queue)
			scheduler->failed |= attempt_detach(&scheduler->attempts[i]) < 0;
}

/*
 * Tells whether a queue may take one more slot. While there are others, the jobs of one queue, and those of one form, leave a slot
 * free: else slow jobs would hold up another form's mail.
 */
static bool may_start(const struct scheduler *scheduler, const struct queue *queue)
{
	size_t same_queue = 0, same_form = 0, slots = scheduler->slots;
	for (size_t i = 0; i < slots; i++)
		if (scheduler->attempts[i].used) {
			same_queue += scheduler->attempts[i].queue == queue;
			same_form += scheduler->attempts[i].queue->form == queue->form;
		}
	if (queue->task->digest && same_queue)
		return false; /* the lines of one digest are settled before the next one begins */
	if (slots == 1)
		return true;
	return same_queue < slots - (scheduler->queues_n > 1) && same_form < slots - (scheduler->forms_n > 1);
}

/* Starts jobs while slots are free. Each queue has its turn, and the next time the turn goes on where it stopped. */
static void start_jobs(struct scheduler *scheduler)
{
	for (size_t idle = 0; idle < scheduler->queues_n && !scheduler->failed;) {
		struct queue *queue = &scheduler->queues[scheduler->turn % scheduler->queues_n];
		struct attempt *attempt = free_attempt(scheduler);
		if (!attempt)
			return;
		make_room(scheduler, queue);
		bool started = queue_ready(queue) && may_start(scheduler, queue) && start_next(scheduler, attempt, queue);
		idle = started ? 0 : idle + 1;
		scheduler->turn = (scheduler->turn + 1) % scheduler->queues_n;
	}
}

void scheduler_start(struct scheduler *scheduler)
{
	start_jobs(scheduler);
	scheduler->running += alarm_begin(&scheduler->alarm, scheduler->queues, scheduler->queues_n, scheduler->secret, time(NULL));
}

/* --- jobs that run ------------------------------------------------------------------------------------------------- */

nfds_t scheduler_files(const struct scheduler *scheduler, struct pollfd *files, nfds_t n)
{
	nfds_t found = 0;
	for (size_t i = 0; i < scheduler->slots && found < n; i++)
		if (scheduler->attempts[i].used && scheduler->attempts[i].run.progress_pipe >= 0)
			files[found++] = (struct pollfd){.fd = scheduler->attempts[i].run.progress_pipe, .events = POLLIN};
	return found;
}

/* Takes the progress of a run, and stops it if it takes too long or is not wanted any more. */
static void watch_run(struct attempt *attempt, const struct secret *secret)
{
	bool news = run_listen(&attempt->run);
	if (attempt_makes_result(attempt) && !attempt->dropped && (attempt->dropped = attempt_is_dropped(attempt, secret)))
		run_stop(&attempt->run);
	else if (news && attempt_makes_result(attempt))
		attempt_note(attempt);
	run_check(&attempt->run);
}

static void reap_runs(struct scheduler *scheduler)
{
	int status;
	for (size_t i = 0; i < scheduler->slots; i++) {
		struct attempt *attempt = &scheduler->attempts[i];
		if (!attempt->used || waitpid(attempt->run.process, &status, WNOHANG) != attempt->run.process)
			continue;
		if (attempt_end(attempt, scheduler->secret, status, !scheduler->stopping) < 0)
			scheduler->failed = true;
		scheduler->running--;
	}
	scheduler->running -= alarm_reap(&scheduler->alarm, time(NULL));
}

void scheduler_watch(struct scheduler *scheduler)
{
	for (size_t i = 0; i < scheduler->slots; i++)
		if (scheduler->attempts[i].used)
			watch_run(&scheduler->attempts[i], scheduler->secret);
	if (scheduler->alarm.attempt.used) {
		run_listen(&scheduler->alarm.attempt.run);
		run_check(&scheduler->alarm.attempt.run);
	}
	reap_runs(scheduler);
}

void scheduler_stop(struct scheduler *scheduler)
{
	scheduler->stopping = true;
	for (size_t i = 0; i < scheduler->slots; i++)
		if (scheduler->attempts[i].used)
			run_stop(&scheduler->attempts[i].run);
	if (scheduler->alarm.attempt.used)
		run_stop(&scheduler->alarm.attempt.run);
}
