/* The job of an outcome that its visitor waits for: the form's "result" task. */
#ifndef OUTCOME_JOB_H
#define OUTCOME_JOB_H

#include <jansson.h>

#include "answer/exchange.h"
#include "task/job.h"

/* Gives the task that makes the result of the exchange's form, or NULL. */
const struct task *outcome_job_task(const struct exchange *);

/* Gives the record of an outcome whose form has such a task, as outcome_record does; answers 404 and gives NULL if it has none. */
json_t *outcome_job_record(struct exchange *, time_t *received);

/* Gives the path of the result, in the arena; the file exists once the job is done. */
const char *outcome_job_result(const struct exchange *);

/* Gives the state of the job. */
struct job outcome_job_read(struct exchange *);

/* Tells whether a job is still queued, running or waiting for its next attempt. */
bool outcome_job_unfinished(const struct job *);

#endif
