/* Deciding: where hosts share a data folder, a worker settles which of its node's lines are outcomes before tasks are done for them. */
#ifndef DECIDING_H
#define DECIDING_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "config/config.h"
#include "keep/decided.h"
#include "keep/secret.h"

/* What a worker knows of a form. */
struct deciding_form {
	struct decided decided;
	time_t looked; /* when its lines were decided last; 0: not yet */
	bool left;     /* some could not be decided then */
	bool failed;   /* because something failed */
};

/* What a worker knows of all forms; all zeroes where this host has no name. */
struct deciding {
	const struct config *config; /* borrowed */
	struct deciding_form *forms; /* in the order of config->forms */
	time_t removed;              /* when old claims were looked for last */
};

/* Begins for the configuration. */
void deciding_begin(struct deciding *, const struct config *);

/* Gives how far a form is; NULL where this host has no name. */
const struct decided *deciding_of(const struct deciding *, const struct form *);

/* Decides what there is to decide, of forms without work every minute, and removes old claims every hour. Logs failures, and tries again. */
void deciding_run(struct deciding *, const struct secret *, time_t now);

/* Tells whether lines are left that deciding_run could not decide yet. */
bool deciding_pending(const struct deciding *);

/* Frees it. */
void deciding_end(struct deciding *);

#endif
