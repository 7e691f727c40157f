/* The resource of an outcome: a page of its own, as HTML or JSON. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <jansson.h>

#include "answer/exchange.h"

/*
 * Gives the record of the exchange's outcome and when it was received; NULL where there is none that can be read, and then it is
 * answered. Let go of it with json_decref.
 */
json_t *outcome_record(struct exchange *, time_t *received);

/* Answers GET and HEAD for an outcome; hands DELETE and POST on to withdraw_answer. */
void outcome_answer(struct exchange *);

#endif
