/* Conditional requests (RFC 9110 §13). */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>
#include <time.h>

#include "http/request.h"

/* Tells whether a GET or HEAD may be answered 304: the client has what etag (quotes included) and time stand for. */
bool condition_unchanged(const struct request *, const char *etag, time_t modified);

/* Tells whether a condition that the client set does not hold: 412 (RFC 9110 §13.1.1, §13.1.4). */
bool condition_failed(const struct request *, const char *etag, time_t modified);

/* Tells whether a Range may be honoured, as If-Range has it (RFC 9110 §13.1.5). */
bool condition_range_holds(const struct request *, const char *etag, time_t modified);

#endif
