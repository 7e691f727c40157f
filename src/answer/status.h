/* The status of the work on an outcome that its visitor waits for. */
#ifndef STATUS_H
#define STATUS_H

#include "answer/exchange.h"

/* Answers GET and HEAD for a status: 200 while the work goes on, 303 to the result once it is done. */
void status_answer(struct exchange *);

#endif
