/* The documentation of problem types, which problem documents name by its absolute URI (RFC 9457 §3.1.1). */
#ifndef PROBLEMS_H
#define PROBLEMS_H

#include "answer/exchange.h"

/* Answers GET and HEAD for the program's own URI with the query "problems": a page that explains each type. */
void problems_answer(struct exchange *);

#endif
