/* Records: what one line of the log holds (JSON), and the part of it that the visitor sees. */
#ifndef RECORD_H
#define RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

#include "arena.h"
#include "config.h"
#include "submission.h"
#include "text.h"

/* What is known of a submission besides its fields. */
struct receipt {
	struct timespec at;
	const char *address; /* of the client, or NULL */
	const char *agent;   /* what the client calls itself, or NULL */
	const char *suspect; /* why it may be spam, or NULL */
};

/* Gives the line for the log, newline included, with room for the id; in the arena. */
struct text record_write(struct arena *, const struct form *, const struct submission *, const struct receipt *);

/* Reads a line; NULL where it is no record. The caller lets go of it with json_decref. */
json_t *record_read(struct span line);

/* Gives what the visitor may see, or all fields and files, as JSON on several lines, in the arena. */
struct text record_public(struct arena *, const struct form *, const json_t *record, bool all);

#endif
