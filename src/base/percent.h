/* Percent-encoding (RFC 3986 §2.1), undone. */
#ifndef PERCENT_H
#define PERCENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

/* Returns the byte that an escape stands for if the span begins with a valid one, else -1. */
int percent_value(struct span);

/* Returns the bytes decoded, in the arena, or as they are if there is nothing to decode. Invalid escapes, and %00, stay as they are. */
struct span percent_decode(struct span, struct arena *);

#endif
