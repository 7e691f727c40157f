/*
 * The line goes last, so that an erasure which failed or died half-way can be done again by whoever has the id. What tasks made or
 * said goes once more after it: a worker may have found the line until then.
 */
#include "task/erasure.h"

#include "keep/counts.h"
#include "keep/erase.h"
#include "keep/log_line.h"
#include "keep/marks.h"
#include "keep/record.h"
#include "task/job.h"
#include "task/worker_log.h"

int erasure_run(const struct config *config, const struct form *form, const struct secret *secret, struct span id, const json_t *record)
{
	struct arena arena = {0};
	struct place place;
	struct log log;
	if (!id_read(id, secret, &place))
		return -1;
	job_remove_all(config->data, form->name, id);
	if (erase_files(config->data, form->name, record) < 0 || marks_erase(config, form, secret, id) < 0 ||
		worker_log_forget(config->data, id) < 0)
		return -1;
	log_begin(&log, config->data, form->name, config->node, config->durable);
	bool erased = log_line_erase(&log, secret, id, &arena) == LOG_FOUND;
	log_end(&log);
	arena_free(&arena);
	job_remove_all(config->data, form->name, id);
	worker_log_forget(config->data, id); /* after the jobs' locks: whoever held one may have logged a failure */
	counts_forget(config, form, place.day);
	return erased ? 0 : -1;
}

int erasure_finish(const struct config *config, const struct form *form, const struct secret *secret, struct span id)
{
	struct arena arena = {0};
	struct span line;
	struct log log;
	log_begin(&log, config->data, form->name, config->node, config->durable);
	enum log_found found = log_line_find(&log, secret, id, &arena, &line);
	bool cut_short = found == LOG_FOUND && record_erased(line) && !record_blank(line);
	if (cut_short)
		found = log_line_erase(&log, secret, id, &arena);
	log_end(&log);
	arena_free(&arena);
	return found == LOG_FAILED ? -1 : cut_short;
}
