/* Rates: how often each client has posted lately, known to all processes, in bounded memory. */
#ifndef RATES_H
#define RATES_H

#include <stdint.h>

#include "base/lock.h"
#include "config/config.h"
#include "http/address.h"
#include "table/table.h"

struct rates {
	const char *data, *node; /* the data folder and this host's name, borrowed */
	struct lock lock;
	struct table table;
};

/* Starts with nothing open; the paths are borrowed. The node is this host's name among several that share the data, or "". */
void rates_begin(struct rates *, const char *data, const char *node);

/*
 * Counts a post of a client, an address or whatever stands for one, to a form: 0, or how many seconds are to pass before the rate
 * allows another. Where it can't be counted the reason is said, and the post may pass.
 */
uint64_t rates_count(struct rates *, const struct form *, const char *client);

/* Lets go of all of it. */
void rates_end(struct rates *);

#endif
