/*
 * How far the lines of a node are decided: of each line before that place it is settled whether it is an outcome. Lines with keys behind
 * it may still turn out to be second tries (undecided.h).
 */
#ifndef DECIDED_H
#define DECIDED_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "keep/decided_file.h"
#include "keep/generation.h"
#include "keep/log.h"

/*
 * Makes the file of this node if there is none, or it is damaged, durable; the generation is the newest. Lines that are in the log by then
 * count as decided, but those for which keys are still remembered get claims. If the clock was set back, sets the file back to now: the
 * lines of the days to come that were decided stay so. 0, or -1 and errno.
 */
int decided_begin(const struct log *, const struct generation *, uint64_t remember, time_t now);

/*
 * Decides the lines of this node from where the file says, for at most that many microseconds, and writes how far it came. Only the node's
 * worker, or that of a host that takes it over, may do so. Gives 0 if all are decided, 1 if some are left. Logs a failure and gives -1.
 */
int decided_advance(struct decided *, const struct log *, const struct secret *, uint64_t remember, time_t now, int64_t budget);

/*
 * Tells whether all nodes have put down claims anew for their lines since those were lost, in a generation or one after it: 1, or 0 and the
 * name of a node that has not, or -1 and errno.
 */
int decided_has_claims(const struct log *, uint64_t generation, char node[CONFIG_NAME_MAX + 1]);

/* Tells, once a minute at the most, whether this node's file is older than that. The moment of the last look is kept for the caller. */
bool decided_is_due(const struct log *, time_t *looked, time_t now);

/* Gives the oldest generation that a node may still need to decide lines; UINT64_MAX if all are decided. -1 and errno on failure. */
int decided_needs(const struct log *, uint64_t *generation);

#endif
