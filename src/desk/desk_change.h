/* What owners change at the desk: marks, and erasing. Every change is answered with 303 to where the owner was. */
#ifndef DESK_CHANGE_H
#define DESK_CHANGE_H

#include "desk/visit.h"

/* Answers a POST to a form's list: changes all outcomes that were ticked, or asks first before erasing them. */
void desk_change_many(struct visit *);

/* Draws the question that the query asks about an outcome, which changes nothing; false if it asks none. Mails link to it. */
bool desk_change_ask(const struct visit *, const struct selected *);

/* Answers a POST to an outcome's page. */
void desk_change_one(struct visit *);

#endif
