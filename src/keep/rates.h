/* Rates: how often each client has posted lately, counted by all processes together, in bounded space. */
#ifndef RATES_H
#define RATES_H

#include <stdint.h>

#include "base/lock.h"
#include "config/config.h"
#include "http/address.h"
#include "table/table.h"

struct rates {
	const struct config *config; /* borrowed */
	struct lock lock;
	struct table table;
};

/* Begins with nothing open; the configuration is borrowed. */
void rates_begin(struct rates *, const struct config *);

/*
 * Counts a post to a form by a client (an address, or any text that stands for one): 0, or the number of seconds until the rate
 * allows another post. Logs a failure to count, and gives -1.
 */
int64_t rates_count(struct rates *, const struct form *, const char *client);

/* Closes all that is open. */
void rates_end(struct rates *);

#endif
