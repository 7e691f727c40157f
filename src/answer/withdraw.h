/* Withdrawing an outcome: DELETE, or a browser's POST that stands for it. */
#ifndef WITHDRAW_H
#define WITHDRAW_H

#include "answer/exchange.h"

/* Answers DELETE and POST for an outcome: erases it and answers 303 to its form. */
void withdraw_answer(struct exchange *);

#endif
