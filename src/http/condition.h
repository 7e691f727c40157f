/* Conditional requests (RFC 9110 §13). */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>
#include <time.h>

#include "http/request.h"

/* Returns true if a GET or HEAD is to be answered 304: the client already has the version with this etag (quotes included) or date. */
bool condition_unchanged(const struct request *, const char *etag, time_t modified);

/* Returns true if If-Match or If-Unmodified-Since fails, which is answered 412 (RFC 9110 §13.1.1, §13.1.4). */
bool condition_failed(const struct request *, const char *etag, time_t modified);

/* Returns true if If-Range is absent or matches, so that Range counts (RFC 9110 §13.1.5). */
bool condition_range_holds(const struct request *, const char *etag, time_t modified);

#endif
