/* Records as JSON values. */
#ifndef RECORD_JSON_H
#define RECORD_JSON_H

#include <jansson.h>

#include "base/span.h"

/* Reads the JSON of a line; NULL if it is not JSON, or has a name twice. The caller owns the value. */
json_t *record_json(struct span line);

#endif
