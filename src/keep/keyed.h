/*
 * Lines with keys: a post is kept unless a line with its key was kept before. On one host a table finds the lines of keys
 * (keyed_table.c); hosts that share a data folder claim keys (keyed_claims.c). Both give what keyed_keep says.
 */
#ifndef KEYED_H
#define KEYED_H

#include <stdint.h>
#include <time.h>

#include "base/text.h"
#include "keep/key.h"
#include "keep/keyed_claims.h"
#include "keep/keyed_table.h"
#include "keep/kept.h"
#include "keep/log.h"

/* What a form has open to keep lines with keys; one of them is used. */
struct keyed {
	struct keyed_table table;
	struct keyed_claims claims;
};

/* Begins with nothing open; the log is borrowed. Keys are remembered for that many seconds at most. */
void keyed_begin(struct keyed *, struct log *, uint64_t remember);

/*
 * Finds the line that is remembered under a key, or keeps this one, and makes what it gives durable. Gives the id of the line that is
 * there now. Lines that are read live in the arena of the text.
 */
enum store_kept keyed_keep(
	struct keyed *, const struct secret *, struct text *line, time_t now, const struct key *, char id[ID_LENGTH + 1]);

/* Closes all that is open. */
void keyed_end(struct keyed *);

#endif
