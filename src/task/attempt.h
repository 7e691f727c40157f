/* Attempts: one try at a job, from its input to what becomes of the job. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <limits.h>
#include <stdbool.h>

#include "base/arena.h"
#include "keep/secret.h"
#include "task/digest.h"
#include "task/queue.h"
#include "task/queue_next.h"
#include "task/run.h"

struct attempt {
	struct queue *queue;
	struct queued_job queued; /* its line is gone once the attempt has begun */
	struct run run;
	struct digest digest; /* if the task sends digests: all the jobs of which the queued one is the first */
	bool used;            /* it has begun and has not ended */
	bool dropped;         /* the job was cancelled or its outcome erased */
};

enum attempt_begun {
	ATTEMPT_BEGUN,
	ATTEMPT_NEEDLESS, /* there is nothing to do for this outcome */
	ATTEMPT_DROPPED,  /* the job was cancelled just now, or has failed before anything was started */
	ATTEMPT_FAILED    /* it can't be begun now, which is logged */
};

/* Begins an attempt at the queued job. */
enum attempt_begun attempt_begin(struct attempt *, const struct secret *, struct arena *);

/* Tells whether its output is the form's result. */
bool attempt_makes_result(const struct attempt *);

/* Gives the job a file of its own, so that the cursor can pass it while it runs; -1 on failure, which is logged. */
int attempt_detach(struct attempt *);

/* Writes its progress into the job's file. */
void attempt_note(const struct attempt *);

/* Tells whether the job was cancelled, or its outcome erased, since it began. */
bool attempt_is_dropped(const struct attempt *, const struct secret *);

/* Takes the status of its process, and tells how it ended. */
enum run_end attempt_finish(struct attempt *, int status);

/*
 * Takes the status of its process and writes what becomes of the job. If that isn't wanted because the worker ends, it leaves the job to the
 * next worker. -1 on failure, which is logged.
 */
int attempt_end(struct attempt *, const struct secret *, int status, bool wanted);

#endif
