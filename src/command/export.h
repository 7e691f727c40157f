/* Export: the outcomes of a form as a table, for its owner. */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdio.h>

#include "config/config.h"

/*
 * Prints the outcomes of a form that are kept, of all nodes, oldest day first, as CSV (RFC 4180) in UTF-8: a line of names, then one
 * an outcome. -1 with the reason said where some could not be read; the others are printed.
 */
int export_print(const struct config *, const struct form *, FILE *);

#endif
