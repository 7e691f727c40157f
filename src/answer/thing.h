/* The resource of a thing: what is no document, and is answered with 303 to a description of it (RFC 9110 §15.4.4). */
#ifndef THING_H
#define THING_H

#include "answer/exchange.h"

/* Answers GET and HEAD for a thing. */
void thing_answer(struct exchange *);

#endif
