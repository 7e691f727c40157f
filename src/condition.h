/* Conditional requests (RFC 9110 §13). */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdbool.h>
#include <time.h>

#include "request.h"

/* Tells whether a GET or HEAD may be answered 304: the client has what etag (quotes included) and time stand for. */
bool condition_unchanged(const struct request *, const char *etag, time_t modified);

#endif
