/* Withdrawing an outcome: DELETE, or a browser's POST that stands for it. */
#ifndef WITHDRAW_H
#define WITHDRAW_H

#include "answer/exchange.h"

/* Answers GET and HEAD for an outcome with the query "withdraw": a page that asks once more before it erases. */
void withdraw_page_answer(struct exchange *);

/* Answers DELETE and POST for an outcome: erases it and answers 303 to its address, where 410 says that it is gone. */
void withdraw_answer(struct exchange *);

#endif
