/* Structured fields: the one kind that is read here, an item that is a string (RFC 9651, before it RFC 8941). */
#ifndef STRUCTURED_H
#define STRUCTURED_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

/* Gives the string, in the arena, of a field that is a String item, its parameters checked but ignored; false for others. */
bool structured_string_read(const char *field, struct arena *, struct span *string);

#endif
