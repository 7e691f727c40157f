/*
 * Marks: what an owner sets down about outcomes, which never change themselves: read, starred, a note, spam or not spam.
 *
 * They are lines of a log of their own, DATA/FORM/marks/YYYY-MM-DD.jsonl with the day of the outcome, appended by the same code and
 * with the same promise as the outcomes. Deleting that folder loses marks, never outcomes.
 */
#ifndef MARKS_H
#define MARKS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "config/config.h"
#include "keep/mark_table.h"
#include "keep/secret.h"

enum { MARKS_NOTE_MAX = 10000 }; /* bytes of a note */

/* A change of marks; what is NULL stays as it is. */
struct mark_change {
	const bool *read, *star;
	const enum mark_spam *spam; /* MARK_UNJUDGED takes the owner's word back */
	const char *note;           /* "" removes it */
};

/* An outcome whose marks are set. */
struct marked {
	struct span id;
	bool suspect; /* it was taken for spam when it was posted */
};

/* What the marks of a day change in its numbers. */
struct marks_tally {
	int64_t spam; /* outcomes that became spam, less those that became none */
	size_t read;  /* outcomes that were read and are not spam */
};

/* The marks of one day's outcomes. Starts as all zeroes. */
struct marks {
	struct mark_table *table; /* NULL where nothing was loaded */
};

/* Reads the marks of a day's outcomes, whichever node set them. Logs what can't be read and gives -1; what could be read is there. */
int marks_load(struct marks *, const char *data, const char *form, uint16_t day);

/* Gives what is set for an outcome; the note lives as long as the marks. */
struct mark marks_of(const struct marks *, struct span id);

/* Gives what the marks change in the numbers of their day. */
struct marks_tally marks_count(const struct marks *);

/* Frees what was loaded. */
void marks_free(struct marks *);

/*
 * Sets marks of n outcomes, which must be ones of the form, on behalf of a user (or "" for the command line), and makes them
 * durable. Logs a failure and gives -1: then some may be set, and setting them again does no harm.
 */
int marks_set(const struct config *, const struct form *, const struct secret *, const struct marked *, size_t n,
	const struct mark_change *, const char *by, time_t now);

/* Overwrites every mark of an outcome where it lies. Logs a failure and gives -1. */
int marks_erase(const struct config *, const struct form *, const struct secret *, struct span id);

/* Overwrites and removes the marks of a whole day. Logs a failure and gives -1. */
int marks_erase_day(const struct config *, const struct form *, uint16_t day);

#endif
