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
 * Makes this node's file, durably, if it is missing or damaged. The generation is the newest one. Lines that are already in the log count as
 * decided, but get claims if their keys are still remembered. If the clock was set back, the file is set back to now, and lines of later days
 * that were decided stay so. Returns 0, or -1 and errno.
 */
int decided_begin(const struct log *, const struct generation *, uint64_t remember, time_t now);

/*
 * Decides the lines of this node from where the file says, for at most that many microseconds, and writes how far it came. Only the node's
 * worker, or that of a host that takes it over, may do so. Gives 0 if all are decided, 1 if some are left. Logs a failure and gives -1.
 */
int decided_advance(struct decided *, struct log *, const struct secret *, uint64_t remember, time_t now, int64_t budget);

/* Tells, once a minute at the most, whether this node's file is older than that. The moment of the last look is kept for the caller. */
bool decided_is_due(const struct log *, time_t *looked, time_t now);

#endif
