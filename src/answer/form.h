/* The resource of a form: GET draws it, POST keeps an outcome and answers 303. */
#ifndef FORM_H
#define FORM_H

#include "answer/exchange.h"

/* Answers GET, HEAD and POST for a form. */
void form_answer(struct exchange *);

#endif
