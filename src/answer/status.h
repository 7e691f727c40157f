/* The resources of work that a visitor waits for: its status, and its result. */
#ifndef STATUS_H
#define STATUS_H

#include "answer/exchange.h"

/* Answers for a status: 303 to the result once it is there; DELETE, or a post that says so, cancels the work. */
void status_answer(struct exchange *);

/* Answers GET and HEAD for a result. */
void result_answer(struct exchange *);

#endif
