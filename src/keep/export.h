/* Export: the outcomes of a form as a table, or as JSON, for its owner. */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "keep/selection.h"

struct export_options {
	const struct filter *filter; /* borrowed */
	bool json;                   /* a line of JSON for each, as outcome_json_write makes it; otherwise CSV */
	bool excel;                  /* with a byte order mark, and moments as spreadsheets know them */
	bool labels;                 /* headings are the labels of fields, not their names */
	/* Called, unless NULL, after each outcome with how many there were. */
	void (*took)(void *context, uintmax_t count);
	void *context;
};

/* Where an export goes, piece by piece. */
struct export_sink {
	int (*write)(void *context, const char *bytes, size_t n); /* gives -1 if nothing more is wanted */
	void *context;
};

/*
 * Writes the outcomes of a form that the filter chooses, of all nodes, oldest day first: as JSON lines, or as CSV (RFC 4180) in UTF-8
 * with a line of headings. It needs the memory of one outcome and one piece, however many there are. Logs what can't be read and gives
 * -1, also if the sink refuses; the others are written.
 */
int export_write(
	const struct config *, const struct form *, const struct secret *, const struct export_options *, const struct export_sink *);

#endif
