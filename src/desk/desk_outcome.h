/* S/-/FORM/ID: everything of one outcome, and what its owner can do with it. */
#ifndef DESK_OUTCOME_H
#define DESK_OUTCOME_H

#include "desk/visit.h"

/* Answers GET, HEAD and POST. GET marks the outcome as read. */
void desk_outcome_answer(struct visit *);

#endif
