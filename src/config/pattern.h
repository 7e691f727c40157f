/* Patterns: PCRE2 expressions that a whole value must match, with a bound on the work. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum { PATTERN_MESSAGE = 256 };

enum pattern_result { PATTERN_MATCHES, PATTERN_DIFFERS, PATTERN_FAILED };

/* Tells whether the pattern is one; if not, message says why. */
bool pattern_valid(const char *pattern, char message[PATTERN_MESSAGE]);

/* Matches all of a value, valid UTF-8; PATTERN_FAILED where the pattern is none or the bound was reached. */
enum pattern_result pattern_match(const char *pattern, struct span value);

/* Tells whether a value, valid UTF-8, holds one of the words and phrases in a list with commas, whatever its case. */
bool pattern_holds_word(const char *list, struct span value);

/* Tells whether a value, valid UTF-8, contains a text, whatever the case of either. */
bool pattern_contains(struct span text, struct span value);

#endif
