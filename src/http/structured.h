/* Structured fields (RFC 9651, before it RFC 8941): Items that are Strings. */
#ifndef STRUCTURED_H
#define STRUCTURED_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

/* Reads a field that is a String Item; the string lives in the arena. Parameters are checked and ignored. Returns false for other fields. */
bool structured_string_read(const char *field, struct arena *, struct span *string);

#endif
