/*
 * Counts: how many outcomes a form received each day, for the owner's overview. They are derived from the logs and kept in
 * DATA/FORM/counts (counts.NODE where a node has a name), which may be deleted at any time.
 */
#ifndef COUNTS_H
#define COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "config/config.h"

/* The numbers of one day, of all nodes. */
struct count {
	uint16_t day;
	uint64_t kept;     /* outcomes that are not erased */
	uint64_t suspects; /* of these, taken for spam when they were posted */
	uint64_t spam;     /* of these, spam by the owner's word or, without one, as posted */
	uint64_t read;     /* neither spam nor unread */
};

struct counts {
	struct count *days; /* the oldest first, in the arena */
	size_t n;
	bool complete; /* false: the time was up; asked again, it goes on from there */
};

/*
 * Counts a form's outcomes from a day on, reading only what changed since it was counted last, for at most that many microseconds
 * (0: as long as it takes). Logs what can't be read and gives -1; what could be counted is there.
 */
int counts_load(struct counts *, const struct config *, const struct form *, int64_t from, time_t now, int64_t budget, struct arena *);

/* Forgets what was counted of a day, of which an outcome was erased. */
void counts_forget(const struct config *, const struct form *, uint16_t day);

#endif
