/* Claimed lines: where hosts share a data folder, readers pass over a line with a key that may yet turn out to be a second try. */
#ifndef CLAIMED_H
#define CLAIMED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "config/config.h"
#include "keep/decided.h"
#include "keep/id.h"
#include "keep/log.h"

/* How far the nodes were when a reader began. */
struct claimed {
	struct log log;
	struct claimed_node *nodes; /* NULL: this host has no name, so no line has a claim */
	size_t n;
	bool unread; /* it can't be read how far some node was */
	bool failed; /* something could not be read, which was logged; what that says is not shown */
};

/* Begins to read a form's lines; all is borrowed. */
void claimed_begin(struct claimed *, const struct config *, const struct form *);

/* Tells whether a line may be shown and counted: it has no key, or is decided, or a claim leads to it. The place has the node's number. */
bool claimed_shows(struct claimed *, struct place, struct span line);

/* Frees it. */
void claimed_end(struct claimed *);

#endif
