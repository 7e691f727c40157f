/* Languages: choosing among those of a page by Accept-Language. */
#ifndef LANGUAGE_H
#define LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Returns true if the text has the shape of a language tag: subtags of 1 to 8 letters and digits, at most 35 bytes (RFC 5646 §2.1). */
bool language_is_tag(const char *text);

/*
 * Returns the index of the offer that an Accept-Language header prefers. Of equal ones the range that stands first in the header
 * decides. Returns 0 if it accepts none of them, cannot be read or is NULL (RFC 9110 §12.5.4).
 */
int language_choose(const char *accept_language, const char *const offers[], size_t n);

#endif
