/*
 * A selection: the outcomes of a form that pass a filter, the newest first. The owner's desk and the commands list, search and show
 * read them through here, so that each means the same by its filters.
 */
#ifndef SELECTION_H
#define SELECTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "config/config.h"
#include "keep/id.h"
#include "keep/marks.h"
#include "keep/secret.h"

enum selection_spam { SELECTION_NO_SPAM, SELECTION_ONLY_SPAM, SELECTION_WITH_SPAM };

enum { SELECTION_FIELDS_MAX = 16 };

/* What an outcome must be; all zeroes select every outcome that is not spam. */
struct filter {
	time_t from, until; /* received at or after, and before; 0: no bound */
	enum selection_spam spam;
	bool unread, starred;
	const char *text; /* words, each of which a value, file name or the note must contain, whatever the case; or NULL */
	struct filter_field {
		struct span name, value; /* the field has this value, or this is among its values */
	} fields[SELECTION_FIELDS_MAX];
	size_t fields_n;
};

/* One outcome, valid until the next is read. */
struct selected {
	char id[ID_LENGTH + 1];
	time_t received;
	const json_t *record;
	struct mark mark;
	bool posted_suspect; /* it was taken for spam when it was posted */
	const char *suspect; /* why it is taken for spam, "owner" if an owner said so; NULL if it is not */
	struct span line;    /* as it is in the log */
};

enum selection_found {
	SELECTION_FOUND,
	SELECTION_END,
	SELECTION_PAUSED, /* the time was up: go on later, behind selection_cursor */
	SELECTION_FAILED  /* something could not be read, which was logged; the rest was given */
};

struct selection;

/* Opens the selection of a form's outcomes; all is borrowed. Free it with selection_close. */
struct selection *selection_open(const struct config *, const struct form *, const struct secret *, const struct filter *, time_t now);

/* Goes on behind an outcome: only older ones come. False if the id leads to no line of the form. */
bool selection_resume(struct selection *, struct span id);

/* Reads the next outcome that passes. Pauses once that many microseconds (0: any) have passed since it was opened. */
enum selection_found selection_next(struct selection *, int64_t budget, struct selected *);

/*
 * Makes an outcome of a line that the caller read from the log of a day, in whatever order: false if it is none that passes. Marks are
 * read once a day, so lines of one day should come together.
 */
bool selection_take(struct selection *, uint16_t day, struct span line, struct selected *);

/* Tells whether something could not be read, which was logged. */
bool selection_failed(const struct selection *);

/*
 * Fills in an outcome of the selection's form by its id, whether it passes or not: SELECTION_END if there is none, or if it is erased
 * or expired. Let go of the record with json_decref; the note lives in the arena. Marks are read once for ids of the same day that
 * come together.
 */
enum selection_found selection_find(struct selection *, struct span id, struct arena *, struct selected *);

/* Gives the id of the last line that was looked at, or "" before the first, and its day. */
const char *selection_cursor(const struct selection *, int64_t *day);

/* Frees it; NULL is fine. */
void selection_close(struct selection *);

/* Does what selection_find does, for a single outcome. */
enum selection_found selection_one(
	const struct config *, const struct form *, const struct secret *, struct span id, time_t now, struct arena *, struct selected *);

#endif
