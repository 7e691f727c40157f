/* CORS: which scripts of other origins may post and read the answers (the Fetch standard, "CORS protocol"). */
#ifndef CORS_H
#define CORS_H

#include <stdbool.h>

#include "answer/exchange.h"

/* Adds the headers that let scripts of the form's origins read the answer, and those that answer a preflight. */
void cors_share(struct exchange *);

/* Lets scripts of all origins read the answer to a GET, as is usual for the URIs of things (w3id, PURL). */
void cors_share_with_all(struct exchange *);

/* Gives the origin of a URL, as it is compared, in the arena; NULL if it has none. An app's is such as app://host. */
const char *cors_origin(const struct exchange *, const char *url);

/* Tells whether the form's "origins" list an origin, which may be NULL for an unknown one. */
bool cors_lists(const struct form *, const char *origin);

#endif
