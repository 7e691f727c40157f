/* The next job of a queue: which line of the log, or which retry, is to be done now. */
#ifndef QUEUE_NEXT_H
#define QUEUE_NEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "keep/id.h"
#include "keep/secret.h"
#include "task/queue.h"

/* A job that is to be done now. */
struct queued_job {
	char id[ID_LENGTH + 1];
	struct span line;  /* the record, in the arena */
	uint64_t attempts; /* so far */
	size_t taken;      /* the number of its line among those taken, or QUEUE_TAKEN for a retry */
};

/* Gives the next job that is due; returns false if none is due now. */
bool queue_next(struct queue *, const struct secret *, time_t now, struct arena *, struct queued_job *);

#endif
