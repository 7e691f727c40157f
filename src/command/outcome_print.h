/* Printing outcomes: as JSON lines for programs, as a table or in full for people. */
#ifndef OUTCOME_PRINT_H
#define OUTCOME_PRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "config/config.h"
#include "keep/selection.h"

/* Prints an outcome as one line of JSON, as outcome_json_write makes it. */
void outcome_print_json(FILE *, const struct selected *);

/* Prints an outcome as one line of a table that is as wide as the terminal. */
void outcome_print_row(FILE *, const struct form *, const struct selected *);

/* Prints all of an outcome, a label and its value on each line. */
void outcome_print_whole(FILE *, const struct form *, const struct selected *);

/* Tells whether standard output is a terminal. */
bool outcome_print_to_person(void);

#endif
