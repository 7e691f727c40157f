/*
 * The job that a visitor waits for is found in files alone: its result, what is written of it, or the place of the outcome's line
 * against the task's cursor. The queue is not touched, however many ask.
 */
#include "answer/outcome_job.h"

#include <string.h>
#include <unistd.h>

#include "answer/outcome_record.h"
#include "answer/page.h"
#include "task/cursor.h"
#include "task/late_day.h"

const struct task *outcome_job_task(const struct exchange *exchange)
{
	return exchange->form->result ? config_task(exchange->config, exchange->form->result) : NULL;
}

const char *outcome_job_result(const struct exchange *exchange)
{
	char folder[PATH_MAX], path[PATH_MAX];
	job_folder(exchange->config, exchange->form, outcome_job_task(exchange), folder);
	job_result(folder, exchange->id, true, path);
	return arena_copy(exchange->arena, path, strlen(path));
}

/* Tells whether the task's cursor has passed the outcome's line: then the job is done, has a file, or will never be run. */
static bool is_passed(const struct exchange *exchange, const char *folder)
{
	struct place place;
	struct cursor cursor;
	struct late_day late = {.day = 0};
	const struct secret *secret = store_secret(exchange->store, false);
	if (!secret || !id_read(exchange->id, secret, &place) || place.node != id_node(exchange->config->node))
		return false;
	late.day = place.day; /* read first: a worker may merge it into the cursor meanwhile */
	if (late_day_read(folder, exchange->config->node, &late) == JOB_FOUND)
		return place.offset < late.offset;
	if (cursor_read(folder, exchange->config->node, &cursor) != JOB_FOUND)
		return false;
	return place.day < cursor.day - 1 ||
		place.offset < (place.day == cursor.day                 ? cursor.now
					       : place.day < cursor.day ? cursor.before
									: 0);
}

static bool read_written_job(const struct exchange *exchange, const char *folder, struct job *job)
{
	*job = (struct job){.state = JOB_DONE, .progress = -1};
	return access(outcome_job_result(exchange), F_OK) == 0 || job_read(folder, exchange->id, exchange->arena, job) == JOB_FOUND;
}

struct job outcome_job_read(struct exchange *exchange)
{
	char folder[PATH_MAX];
	struct job job;
	job_folder(exchange->config, exchange->form, outcome_job_task(exchange), folder);
	if (read_written_job(exchange, folder, &job))
		return job;
	bool passed = is_passed(exchange, folder);
	/* A job that the cursor has passed may have got its file between the two looks. */
	if (!passed || !read_written_job(exchange, folder, &job))
		job = (struct job){.state = passed ? JOB_FAILED : JOB_QUEUED, .progress = -1};
	return job;
}

bool outcome_job_unfinished(const struct job *job)
{
	return job->state == JOB_QUEUED || job->state == JOB_RUNNING || job->state == JOB_WAITING;
}

json_t *outcome_job_record(struct exchange *exchange, time_t *received)
{
	if (outcome_job_task(exchange))
		return outcome_record(exchange, received);
	page_problem(exchange, 404, MESSAGE_NO_ADDRESS);
	return NULL;
}
