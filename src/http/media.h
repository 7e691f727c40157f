/* Media types: what a body says it is, and which representation a client asks for. */
#ifndef MEDIA_H
#define MEDIA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/span.h"

/* Tells whether a Content-Type names just that type, its parameters aside; NULL names none (RFC 9110 §8.3.1). */
bool media_is(const char *content_type, const char *type);

/* Tells whether a list with commas has that word among its elements, their parameters aside, whatever its case. */
bool media_lists(const char *list, const char *word);

/* Tells whether the text is a token (RFC 9110 §5.6.2). */
bool media_is_token(struct span);

/* Gives a parameter of a Content-Type, its quotes resolved, in the arena; empty where there is none (RFC 9110 §8.3.1). */
struct span media_parameter(const char *content_type, const char *name, struct arena *);

/* Returns true if the parameter comes more than once, or also as "name*" or "name*0" (RFC 2231), so that readers may take different ones. */
bool media_repeats_parameter(const char *content_type, const char *name);

enum { MEDIA_QUALITY_ONE = 1000, MEDIA_NO_QUALITY = -1 };

/* Reads a quality value (RFC 9110 §12.4.2) in thousandths; MEDIA_NO_QUALITY where it is none. */
int media_quality_read(struct span);

/*
 * Gives how much an Accept header wants an offer, in thousandths, 0 where it does not take it; without a header, or with one that
 * can't be read at all, 1000 (RFC 9110 §12.5.1).
 */
int media_quality(const char *accept, const char *offer);

/*
 * Gives the index of the offer that an Accept header wants most, a tie going to the earlier one, or -1 where it
 * takes none of them; without a header, or with one that can't be read at all, 0 (RFC 9110 §12.5.1).
 */
int media_choose(const char *accept, const char *const offers[], size_t n);

#endif
