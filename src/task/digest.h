/* Digests: one mail for many outcomes, at the end of each period. */
#ifndef DIGEST_H
#define DIGEST_H

#include "base/text.h"
#include "keep/secret.h"
#include "task/queue.h"
#include "task/queue_next.h"

/* The jobs that a digest is about. */
struct digest {
	struct digest_job {
		char id[ID_LENGTH + 1];
		uint64_t attempts;
		size_t taken; /* as in struct queued_job */
	} jobs[QUEUE_TAKEN];
	size_t n;
};

/*
 * Gives the message about a queue's first job and those that are due with it, in the arena, as many as fit into one mail; NULL if none
 * of them can be read, which are then settled.
 */
const struct text *digest_compose(
	struct digest *, struct queue *, const struct queued_job *first, const struct secret *, time_t now, struct arena *);

/* Settles the jobs of a digest that was sent; -1 on failure, which is logged. */
int digest_settle(const struct digest *, struct queue *);

/* Puts the jobs of a digest that failed back into their queue, which rests for so many seconds. */
void digest_put_back(const struct digest *, struct queue *, time_t now, time_t pause);

#endif
