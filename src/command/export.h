/* Export: the outcomes of a form as a table, or as JSON, for its owner. */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "config/config.h"
#include "keep/selection.h"

struct export_options {
	const struct filter *filter; /* borrowed */
	bool json;                   /* a line of JSON for each, as outcome_print_json prints it; otherwise CSV */
	bool excel;                  /* with a byte order mark, and moments as spreadsheets know them */
	bool labels;                 /* headings are the labels of fields, not their names */
};

/*
 * Prints the outcomes of a form that the filter chooses, of all nodes, oldest day first: as JSON lines, or as CSV (RFC 4180) in UTF-8
 * with a line of headings. Logs what can't be read and gives -1; the others are printed.
 */
int export_print(const struct config *, const struct form *, const struct secret *, const struct export_options *, FILE *);

#endif
