/* UTF-8: validation, repair and counting. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/text.h"

/* Returns the length of the valid sequence at the start, or 0. */
size_t utf8_sequence(const char *bytes, size_t n);

/* Returns true if the whole span is valid. */
bool utf8_valid(struct span);

/* Appends the bytes, each maximal ill-formed part replaced by U+FFFD (WHATWG Encoding, "UTF-8 decode without BOM"). */
void utf8_repair(struct text *, const char *bytes, size_t n);

/* Appends a code point, which is not a surrogate. */
void utf8_add(struct text *, unsigned code);

/* Returns the number of characters in valid UTF-8; CR LF counts as one. */
size_t utf8_characters(struct span);

/* Returns the number of UTF-16 code units, as HTML's minlength counts them; CR LF counts as one. */
size_t utf8_units(struct span);

/* Returns true if valid UTF-8 has no visible character: only blanks, controls, joiners, variation selectors and their kin. */
bool utf8_is_blank(struct span);

#endif
