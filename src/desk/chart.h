/* A bar chart of days, as inline SVG: it needs no script, no style attribute and no other file. */
#ifndef CHART_H
#define CHART_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Appends a bar for each of n values, the oldest first; the label says what it shows to who can't see it. */
void chart_draw(struct text *, const uint64_t *values, size_t n, const char *label);

#endif
