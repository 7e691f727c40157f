/* An owner's judgement of an outcome: spam, or not. */
#ifndef JUDGEMENT_H
#define JUDGEMENT_H

#include <stdbool.h>
#include <time.h>

#include "config/config.h"
#include "keep/marks.h"
#include "keep/secret.h"

/*
 * Sets down that an outcome is spam (or not) on behalf of a user. The first time that one which was taken for spam is said not to be,
 * its tasks get jobs. 1 if it may have jobs, so that a worker has to be started; 0 if not; -1 with the reason logged.
 */
int judgement_set(const struct config *, const struct form *, const struct secret *, const struct marked *, bool released, bool spam,
	const char *by, time_t now);

#endif
