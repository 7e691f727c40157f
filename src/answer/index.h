/* The program's own URI: a list of its forms. */
#ifndef INDEX_H
#define INDEX_H

#include "answer/exchange.h"

/* Answers GET and HEAD with the forms whose "index" is yes; 404 if there are none. */
void index_answer(struct exchange *);

#endif
