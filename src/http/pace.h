/* The pace of a body: how fast it must come, lest a slow sender holds a process as long as it likes. */
#ifndef PACE_H
#define PACE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Each stretch of rate × seconds bytes must come within so many seconds, and so must the rest of a body. Starts as {.rate = …, .seconds =
 * …}; a rate of 0 asks for one byte in that time, seconds of 0 for nothing.
 */
struct pace {
	uint64_t rate;    /* bytes per second */
	uint64_t seconds; /* of a stretch */
	int64_t begun;    /* the stretch, as date_uptime counts; 0 before the first */
	uint64_t came;    /* bytes of the stretch */
};

/* Starts the first stretch, unless that was done. */
void pace_begin(struct pace *);

/* Returns the microseconds that are left of the stretch; 0 or less once the sender is too slow. */
int64_t pace_left(const struct pace *);

/* Counts n bytes that came; a stretch that is complete begins anew. */
void pace_count(struct pace *, size_t n);

#endif
