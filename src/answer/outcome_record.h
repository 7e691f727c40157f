/* The record of the outcome that a path names. */
#ifndef OUTCOME_RECORD_H
#define OUTCOME_RECORD_H

#include <jansson.h>

#include "answer/exchange.h"

/*
 * Gives the record of the exchange's outcome, and when it was received. NULL if it can't be had: then the answer is made already, 404,
 * 410, 500 or 503. The caller releases it with json_decref.
 */
json_t *outcome_record(struct exchange *, time_t *received);

/* Tells whether the client may withdraw an outcome that was received at that time: owners always, visitors within the form's time. */
bool outcome_record_withdrawable(const struct exchange *, time_t received);

#endif
