/* S/-/: the forms of an owner, with what came in lately. */
#ifndef DESK_OVERVIEW_H
#define DESK_OVERVIEW_H

#include "desk/visit.h"

/* Answers GET and HEAD; a POST is answered 405. */
void desk_overview_answer(struct visit *);

#endif
