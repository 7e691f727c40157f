/* JSON: what jansson needs around it. */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>

#include "base/text.h"

/* Makes jansson ready; once a process, before anything else with JSON. */
void json_begin(void);

/* Gives the value, which must not be NULL: without memory the process ends. */
json_t *json_made(json_t *value);

/* Appends a value as jansson's flags say. */
void json_write(struct text *, const json_t *value, size_t flags);

#endif
