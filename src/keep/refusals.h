/* How many posts were refused, by status, since the file that counts them was made; for monitoring. */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <stdint.h>

#include "base/mapping.h"
#include "config/config.h"

/* The statuses that are counted. */
enum { REFUSALS_FIRST = 400, REFUSALS_LAST = 599, REFUSALS_STATUSES = REFUSALS_LAST - REFUSALS_FIRST + 1 };

/* Starts as all zeroes. */
struct refusals {
	struct mapping mapping;
};

/* Counts a post that was refused with a status. What can't be counted is not, and that is not logged. */
void refusals_count(struct refusals *, const struct config *, int status);

/* Reads the counts of this host, all 0 if there are none. */
void refusals_read(const struct config *, uint64_t counts[REFUSALS_STATUSES]);

/* Unmaps the file. */
void refusals_end(struct refusals *);

#endif
