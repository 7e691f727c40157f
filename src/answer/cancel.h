/* DELETE of a status: cancels the work on an outcome. */
#ifndef CANCEL_H
#define CANCEL_H

#include "answer/exchange.h"

/* Answers DELETE for a status, or a browser's POST that stands for it: cancels the work and answers 303 to the outcome. */
void cancel_answer(struct exchange *);

#endif
