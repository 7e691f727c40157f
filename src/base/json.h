/* What the program needs around jansson. */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>

#include "base/text.h"

/* Seeds jansson's hash tables; to be called once, before anything else that uses JSON. */
void json_begin(void);

/* Returns the value; ends the process if it is NULL, which means that there was no memory. */
json_t *json_made(json_t *value);

/* Appends a value as JSON text, with jansson's encoding flags. */
void json_write(struct text *, const json_t *value, size_t flags);

#endif
