/* The resource of an upload: /FORM/ID/files/N/NAME. */
#ifndef OUTCOME_FILE_H
#define OUTCOME_FILE_H

#include "answer/exchange.h"

/* Answers GET and HEAD for an upload. */
void outcome_file_answer(struct exchange *);

#endif
