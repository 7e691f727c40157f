/* The page of an outcome, as HTML or JSON. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "answer/exchange.h"

/* Answers GET and HEAD for an outcome. */
void outcome_answer(struct exchange *);

#endif
