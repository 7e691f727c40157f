/* Request ids: one name for a request, by which an error page, lines of the log and a proxy's own log are brought together. */
#ifndef REQUEST_ID_H
#define REQUEST_ID_H

#include <stddef.h>

#include "http/address.h"
#include "http/request.h"

/*
 * Takes the X-Request-Id that one of the proxies has sent: up to 128 letters, digits and ._:=+/@-. The header of anybody else, and any
 * other text, is ignored.
 */
void request_id_take(struct request *, const struct address_range *proxies, size_t n);

/* Returns the id of a request, in its arena; one that has none gets 16 random characters. */
const char *request_id_of(struct request *);

#endif
