/*
 * How far the lines of a node are decided: of each line before that place it is settled whether it is an outcome. Lines with keys behind
 * it may still turn out to be second tries (undecided.h).
 */
#ifndef DECIDED_H
#define DECIDED_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "keep/generation.h"
#include "keep/log.h"

#define DECIDED_PREFIX "decided."

/* What DATA/FORM/decided.NODE holds. */
struct decided {
	uint16_t day;        /* all lines are decided of days before the one before this, */
	uint64_t before;     /* those of the day before this that stand before this offset, since posts may come late around midnight, */
	uint64_t now;        /* and those of this day before this one */
	uint64_t generation; /* the newest when the last of them was decided */
	uint16_t known_day;  /* lines before this place were decided once, but their claims may be lost */
	uint64_t known_offset;
};

/* Reads how far a node is: 1, 0 if there is no file or it is damaged, or -1 and errno. */
int decided_read(struct decided *, const struct log *, const char *node);

/*
 * Makes the file of this node if there is none, durable. Lines that are in the log by then count as decided, but those for which keys are
 * still remembered get claims. 0, or -1 and errno.
 */
int decided_begin(const struct log *, uint64_t remember, time_t now);

/*
 * Decides the lines of this node from where the file says, for at most that many microseconds, and writes how far it came. Only the node's
 * worker, or that of a host that takes it over, may do so. Gives 0 if all are decided, 1 if some are left. Logs a failure and gives -1.
 */
int decided_advance(struct decided *, const struct log *, const struct secret *, uint64_t remember, time_t now, int64_t budget);

/* Tells whether a place in this node's files is before what is decided. */
bool decided_covers(const struct decided *, uint16_t day, uint64_t offset);

/* Tells, once a minute at the most, whether this node's file is older than that. The moment of the last look is kept for the caller. */
bool decided_is_due(const struct log *, time_t *looked, time_t now);

/* Gives the oldest generation that a node may still need to decide lines; UINT64_MAX if all are decided. -1 and errno on failure. */
int decided_needs(const struct log *, uint64_t *generation);

#endif
