/* POST to a form: keeps an outcome and answers 303. */
#ifndef POST_H
#define POST_H

#include "answer/exchange.h"

/* Answers POST for the exchange's form. */
void post_answer(struct exchange *);

#endif
