/* Expiry notes: which days of a form's log were found too old, and since when, so that only a second look erases them. */
#ifndef EXPIRY_H
#define EXPIRY_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

#include "keep/log.h"
#include "keep/steady.h"

/* The notes of a form while its days are looked at. */
struct expiry {
	char path[PATH_MAX];
	const struct steady *steady; /* borrowed */
	json_t *before, *after;      /* day to steady time: as they were, and as they will be */
};

/* Reads the notes of a log's form: 0; there are none if they are missing or damaged. Logs a failure and gives -1. */
int expiry_begin(struct expiry *, const struct log *, const struct steady *);

/* Notes that a day is too old; tells whether that was so STEADY_WAIT seconds of steady time ago and the clock has not leapt since. */
bool expiry_confirmed(struct expiry *, uint16_t day);

/* Drops the note of a day, which was erased. */
void expiry_drop(struct expiry *, uint16_t day);

/* Writes the notes, if all days were seen: those that were not noted this time are forgotten. 0; logs a failure and gives -1. */
int expiry_end(struct expiry *, bool all, bool durable);

#endif
