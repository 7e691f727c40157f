/* Media types: what a body is declared to be, and which representation a client asks for. */
#ifndef MEDIA_H
#define MEDIA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/span.h"

/* Returns true if a Content-Type names that type, whatever its parameters; false for NULL (RFC 9110 §8.3.1). */
bool media_is(const char *content_type, const char *type);

/* Returns true for application/json and application/…+json (RFC 6839 §3.1), whatever its parameters. */
bool media_is_json(const char *content_type);

/* Returns true if a list with commas has that word among its elements, ignoring parameters and case. */
bool media_lists(const char *list, const char *word);

/* Returns true if the text is a token (RFC 9110 §5.6.2). */
bool media_is_token(struct span);

/* Returns a parameter of a Content-Type without quotes, in the arena; empty if it is missing (RFC 9110 §8.3.1). */
struct span media_parameter(const char *content_type, const char *name, struct arena *);

/* Returns true if the parameter comes more than once, or also as "name*" or "name*0" (RFC 2231), so that readers may take different ones. */
bool media_repeats_parameter(const char *content_type, const char *name);

enum { MEDIA_QUALITY_ONE = 1000, MEDIA_NO_QUALITY = -1 };

/* Reads a quality value (RFC 9110 §12.4.2) in thousandths; returns MEDIA_NO_QUALITY for any other text. */
int media_quality_read(struct span);

/*
 * Returns how much an Accept header wants an offer: 0 if it does not accept it, else twice the quality in thousandths, and one more if it
 * names the type (media_is_named). Without a header, or with one that cannot be read at all, all offers rank the same (RFC 9110 §12.5.1).
 */
int media_rank(const char *accept, const char *offer);

/* Returns true if a rank is that of a named type, and not of one that a wildcard covers. */
bool media_is_named(int rank);

/*
 * Returns the rank of an offer of JSON-LD for a client that names JSON, or of JSON for one that names JSON-LD; 0 for other offers. It is
 * for clients that accept none of the offers.
 */
int media_rank_kin(const char *accept, const char *offer);

/*
 * Returns the index of the offer that an Accept header wants most, the first of equal ones; if it accepts none, of one that is kin
 * (media_rank_kin), or -1. There are MEDIA_OFFERS offers at the most.
 */
enum { MEDIA_OFFERS = 4 };
int media_choose(const char *accept, const char *const offers[], size_t n);

/*
 * Gives how much a client wants a profile, in thousandths, by Accept-Profile ("<URI>; q=0.5, …") or by a profile parameter in Accept; 0 if
 * it names neither. Both may be NULL.
 */
int media_profile_quality(const char *accept_profile, const char *accept, const char *profile);

#endif
