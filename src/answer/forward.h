/* The resource of a forward: a path that leads elsewhere. */
#ifndef FORWARD_H
#define FORWARD_H

#include "answer/exchange.h"

/* Answers every method but OPTIONS for a forward. */
void forward_answer(struct exchange *);

#endif
