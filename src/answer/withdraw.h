/* Withdrawing an outcome: DELETE, or for browsers a POST that says so. */
#ifndef WITHDRAW_H
#define WITHDRAW_H

#include <stdbool.h>
#include <time.h>

#include "answer/exchange.h"

/* Tells whether whoever asks may withdraw an outcome that was received at that time: an owner, or the visitor within the form's time. */
bool withdraw_allowed(const struct exchange *, time_t received);

/* Tells whether a post means DELETE, and answers where not. */
bool withdraw_means_delete(struct exchange *);

/* Answers DELETE and POST for an outcome: 303 to its form once it is erased. */
void withdraw_answer(struct exchange *);

#endif
