/* Languages: which of those that a page is written in a client asks for. */
#ifndef LANGUAGE_H
#define LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Tells whether the text is shaped as a language tag: subtags of 1 to 8 letters and digits, 35 bytes (RFC 5646 §2.1). */
bool language_is_tag(const char *text);

/*
 * Gives the index of the offer that an Accept-Language header wants most, a tie going to the range that stands
 * earlier in it; where it wants none of them, can't be read or is NULL, 0 (RFC 9110 §12.5.4).
 */
int language_choose(const char *accept_language, const char *const offers[], size_t n);

#endif
