/* Media types: what a body says it is, and which representation a client asks for. */
#ifndef MEDIA_H
#define MEDIA_H

#include <stdbool.h>
#include <stddef.h>

/* Tells whether a Content-Type names just that type, its parameters aside; NULL names none (RFC 9110 §8.3.1). */
bool media_is(const char *content_type, const char *type);

/*
 * Gives the index of the offer that an Accept header wants most, a tie going to the earlier one, or -1 where it
 * takes none of them; without a header, or with one that can't be read at all, 0 (RFC 9110 §12.5.1).
 */
int media_choose(const char *accept, const char *const offers[], size_t n);

#endif
