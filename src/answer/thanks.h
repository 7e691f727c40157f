/* What a form tells the visitor about what happens next, on the page of an outcome. */
#ifndef THANKS_H
#define THANKS_H

#include <jansson.h>

#include "answer/exchange.h"

/* Appends the form's text, if it has one, as a paragraph; each {field} becomes what the record has there, {id} the outcome's id. */
void thanks_put(struct exchange *, const json_t *record);

#endif
