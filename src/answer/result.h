/* The result of the work on an outcome that its visitor waits for. */
#ifndef RESULT_H
#define RESULT_H

#include "answer/exchange.h"

/* Answers GET and HEAD for a result: what the task's command printed, or 404 while it is not there. */
void result_answer(struct exchange *);

#endif
