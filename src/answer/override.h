/* Method override: an HTML form can't send DELETE, so it posts _method=delete. */
#ifndef OVERRIDE_H
#define OVERRIDE_H

#include "answer/exchange.h"

/*
 * Checks a request that deletes: a POST must ask for DELETE, an owner's request must come from one of the program's own pages, and an
 * owner's POST must carry the token of that page. Answers and gives false if not.
 */
bool override_require_delete(struct exchange *);

/* Draws a button that deletes what the action names; for an owner it carries a token, so the page must not be stored. */
void override_draw(struct exchange *, const char *action, enum message button);

#endif
