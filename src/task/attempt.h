/* Attempts: one try at a job, from what it is given to what becomes of it. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include <limits.h>
#include <stdbool.h>

#include "base/arena.h"
#include "keep/secret.h"
#include "task/queue.h"
#include "task/run.h"

struct attempt {
	struct queue *queue;
	struct queued_job queued; /* its line is gone once the attempt has begun */
	struct run run;
	bool used;            /* it has begun, and has not ended */
	bool dropped;         /* nobody wants it any more */
	int input; /* the file that was made for it to read, or -1; while it is begun */
};

enum attempt_begun {
	ATTEMPT_BEGUN,
	ATTEMPT_NEEDLESS, /* there is nothing to be done for this outcome */
	ATTEMPT_DROPPED,  /* it was cancelled just now */
	ATTEMPT_FAILED    /* it can't be begun now, the reason said */
};

/* Begins an attempt at the queued job. */
enum attempt_begun attempt_begin(struct attempt *, struct arena *);

/* Tells whether what it prints is the result that the visitor waits for. */
bool attempt_makes_result(const struct attempt *);

/* Gives the job a file of its own, so that the cursor can pass it while it runs; -1 with the reason said. */
int attempt_detach(struct attempt *);

/* Sets down how far it is. */
void attempt_note(const struct attempt *);

/* Tells whether the job was cancelled, or its outcome erased, meanwhile. */
bool attempt_is_dropped(const struct attempt *, const struct secret *);

/* Takes how its process ended and, where that is wanted, sets down what becomes of the job; -1 with the reason said. */
int attempt_end(struct attempt *, const struct secret *, int status, bool wanted);

#endif
