/* What is set for each outcome of a day, as the lines of its marks are read one after the other. */
#ifndef MARK_TABLE_H
#define MARK_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* Whether an owner has judged an outcome. */
enum mark_spam { MARK_UNJUDGED, MARK_SPAM, MARK_HAM };

/* What is set for one outcome. */
struct mark {
	bool read, star;
	enum mark_spam spam;
	bool suspect;     /* it was taken for spam when it was posted */
	bool released;    /* an owner once said that it is not spam, so its tasks were run */
	const char *note; /* valid UTF-8, or NULL */
};

struct mark_table;

/* Makes an empty table. Free it with mark_table_free. */
struct mark_table *mark_table_new(void);

/* Takes in a line of marks, which marks.c describes; a line that is none is passed over. */
void mark_table_take(struct mark_table *, struct span line);

/* Gives what is set for an outcome, all zeroes if nothing is; the note lives as long as the table. */
struct mark mark_table_of(const struct mark_table *, struct span id);

/* Gives what is set for the outcome behind position *i, which starts as 0 and moves on; false behind the last. */
bool mark_table_next(const struct mark_table *, size_t *i, struct mark *);

/* Frees it; NULL is fine. */
void mark_table_free(struct mark_table *);

#endif
