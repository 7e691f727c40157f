/* Printing the numbers of stats.h for programs. */
#ifndef STATS_PRINT_H
#define STATS_PRINT_H

#include <stdio.h>

#include "command/stats.h"

/* Prints one JSON object, with ages as of now: on one line, or indented for people. */
void stats_print_json(
	FILE *, const struct config *, const struct stats_data *, const struct stats_form *, size_t n, time_t now, bool indented);

/* Prints metrics in the text format of Prometheus. */
void stats_print_prometheus(FILE *, const struct config *, const struct stats_data *, const struct stats_form *, size_t n, time_t now);

#endif
