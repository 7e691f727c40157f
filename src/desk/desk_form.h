/* S/-/FORM: a form's outcomes, the newest first. */
#ifndef DESK_FORM_H
#define DESK_FORM_H

#include "desk/visit.h"

/* Answers GET, HEAD and POST. */
void desk_form_answer(struct visit *);

#endif
