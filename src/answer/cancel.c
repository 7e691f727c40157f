/* Cancelling the work on an outcome. */
#include "answer/cancel.h"

#include "answer/outcome_job.h"
#include "answer/override.h"
#include "answer/page.h"
#include "base/file.h"

/* Cancels the job unless it has ended. */
static void cancel_job(struct exchange *exchange)
{
	char folder[PATH_MAX];
	job_folder(exchange->config, exchange->form, outcome_job_task(exchange), folder);
	int lock = job_lock(folder);
	struct job job = outcome_job_read(exchange);
	if (outcome_job_unfinished(&job) &&
		job_write(folder, exchange->id, &(struct job){.state = JOB_CANCELLED, .attempts = job.attempts, .progress = -1}) < 0) {
		page_unavailable(exchange, MESSAGE_NOT_CANCELLED);
	} else {
		page_see_other(exchange, exchange_outcome_uri(exchange));
	}
	file_close(lock);
}

void cancel_answer(struct exchange *exchange)
{
	time_t received;
	if (!override_require_delete(exchange))
		return;
	json_t *record = outcome_job_record(exchange, &received);
	if (record)
		cancel_job(exchange);
	json_decref(record);
}
