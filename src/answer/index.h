/* The resource of the program's own URI: a list of its forms. */
#ifndef INDEX_H
#define INDEX_H

#include "answer/exchange.h"

/* Answers GET and HEAD for the list of those forms that are to be listed; 404 where there are none. */
void index_answer(struct exchange *);

#endif
