/* The outcomes that are next newer than one: the way back through a selection, which itself goes from newer to older. */
#ifndef NEWER_H
#define NEWER_H

#include "keep/selection.h"

enum { NEWER_MOST = 64 };

struct newer {
	char ids[NEWER_MOST][ID_LENGTH + 1]; /* the nearest first */
	size_t n;
	bool paused; /* the time was up, so there may be more */
};

/*
 * Finds up to so many outcomes (at most NEWER_MOST) that pass the filter and are newer than the one with an id, within that many
 * microseconds. It reads the log forwards from there, so that the cost does not depend on how many outcomes there are. False if the id
 * leads to no line of the form, or if something could not be read, which was logged.
 */
bool newer_find(struct newer *, const struct config *, const struct form *, const struct secret *, const struct filter *, struct span id,
	size_t most, time_t now, int64_t budget);

#endif
