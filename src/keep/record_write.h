/* Writing records: the line of the log that is made of a submission. */
#ifndef RECORD_WRITE_H
#define RECORD_WRITE_H

#include <time.h>

#include "base/arena.h"
#include "base/text.h"
#include "body/submission.h"
#include "config/config.h"

/* What is known of a submission besides its fields. */
struct receipt {
	struct timespec at;
	const char *address; /* of the client, or NULL */
	const char *agent;   /* what the client calls itself, or NULL */
	const char *key;     /* as key_write writes it, or NULL */
	const char *suspect; /* why it may be spam, or NULL */
};

/* Gives the line for the log, in the arena: its newline included, with room for the id. */
struct text record_write(struct arena *, const struct form *, const struct submission *, const struct receipt *);

#endif
