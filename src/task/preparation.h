/* Preparations: what a run is given for a job, before anything is started. */
#ifndef PREPARATION_H
#define PREPARATION_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "task/queue.h"
#include "task/queue_next.h"
#include "task/run.h"

struct preparation {
	struct run_options run;
	int input, data;   /* descriptors that preparation_end closes, or -1 */
	const char *wrong; /* why the job can't be tried now, or NULL */
};

enum preparation_made {
	PREPARATION_READY,
	PREPARATION_NEEDLESS, /* there is nothing to do for this outcome */
	PREPARATION_FAILED    /* the system is at fault, which is logged */
};

/* Begins the preparation of a queue's job: limits and environment. */
void preparation_begin(struct preparation *, const struct queue *, const struct queued_job *, const json_t *record, struct arena *);

/* Prepares program and input for the record; result is set if the output of a command is to be kept. */
enum preparation_made preparation_make(
	struct preparation *, const struct queue *, const struct queued_job *, const json_t *record, bool result, struct arena *);

/* Prepares a mail that was composed. */
enum preparation_made preparation_mail(
	struct preparation *, const struct queue *, const struct queued_job *, const struct text *message, struct arena *);

/* Closes what the run has copies of by now. */
void preparation_end(struct preparation *);

#endif
