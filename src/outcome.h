/* The resource of an outcome: a page of its own, as HTML or JSON. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "exchange.h"

/* Answers GET and HEAD for an outcome. */
void outcome_answer(struct exchange *);

#endif
