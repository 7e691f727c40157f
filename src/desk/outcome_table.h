/* The table of a form's outcomes: a box to tick, the date, the columns that the form has here, and the marks. */
#ifndef OUTCOME_TABLE_H
#define OUTCOME_TABLE_H

#include "desk/visit.h"

struct outcome_table {
	struct {
		const char *name, *label;
	} columns[FORM_COLUMNS_MAX];
	size_t n; /* 0: one column for everything */
};

/* Chooses the columns of the exchange's form, and draws their headings. */
void outcome_table_begin(struct outcome_table *, const struct exchange *);

/* Draws a row. */
void outcome_table_put_row(const struct outcome_table *, const struct visit *, const struct selected *);

/* Ends the table. */
void outcome_table_end(const struct exchange *);

#endif
