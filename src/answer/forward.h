/* Forwards: paths that redirect elsewhere. */
#ifndef FORWARD_H
#define FORWARD_H

#include "answer/exchange.h"

/* Answers every method but OPTIONS for the exchange's forward. */
void forward_answer(struct exchange *);

#endif
