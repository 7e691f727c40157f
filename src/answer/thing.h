/* Things that are not documents (a person, a book): their URIs answer 303 to a description (RFC 9110 §15.4.4). */
#ifndef THING_H
#define THING_H

#include "answer/exchange.h"

/* Answers GET and HEAD for the exchange's thing: 303 to a description, 404 without one, 406 if none is acceptable. */
void thing_answer(struct exchange *);

#endif
