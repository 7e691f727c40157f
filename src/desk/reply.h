/* The link by which an owner answers a visitor. */
#ifndef REPLY_H
#define REPLY_H

#include <jansson.h>

#include "base/arena.h"
#include "config/form.h"

/*
 * Gives a mailto: URI (RFC 6068) with the visitor's address, a subject and the text that was sent, quoted, in the arena; NULL if the
 * record has no address.
 */
const char *reply_uri(const struct form *, const json_t *record, struct arena *);

#endif
