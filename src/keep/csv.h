/* Rows of CSV (RFC 4180), safe to open in a spreadsheet. */
#ifndef CSV_H
#define CSV_H

#include "base/span.h"
#include "base/text.h"

/*
 * Appends a cell to a row, which is empty before its first one. An apostrophe keeps each part of it from being a formula, whatever a
 * reader parts cells at.
 */
void csv_put_cell(struct text *row, struct span value);

#endif
