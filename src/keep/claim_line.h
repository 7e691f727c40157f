/* The line that a claim leads to: whether it lives, since when, and with which content. */
#ifndef CLAIM_LINE_H
#define CLAIM_LINE_H

#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "keep/key.h"
#include "keep/log.h"

enum claim_line_found {
	CLAIM_LINE_LIVES,  /* it is there, as it was kept */
	CLAIM_LINE_ERASED, /* it was withdrawn */
	CLAIM_LINE_GONE,   /* it is void, or its log is not there, or the claim is nonsense */
	CLAIM_LINE_FAILED  /* it can't be read now */
};

/* A line that lives. */
struct claim_line {
	time_t received;
	bool same; /* its content is that of the key */
};

/*
 * Looks at the line of an id, of any host, that a claim of a key leads to. Reads in the arena. Logs a failure; a line that another host
 * must have written, while its file is not that long here, is one.
 */
enum claim_line_found claim_line_find(
	struct claim_line *, const struct log *, const struct secret *, const struct key *, const char *id, struct arena *);

/* Tells whether a line that lives means the key still at now, if that is remembered for so many seconds. */
bool claim_line_counts(const struct claim_line *, const struct log *, uint64_t seconds, time_t now);

#endif
