/*
 * The owner's desk: everything below S/-/, so that one rule of the web server protects it. The web server logs owners in; owners, of
 * a form or of [seeother], says which forms a user may see.
 */
#ifndef DESK_H
#define DESK_H

#include "answer/exchange.h"

/* Tells whether a path is one of the desk. */
bool desk_has_path(const char *path);

/* Answers GET, HEAD and POST for a path of the desk. */
void desk_answer(struct exchange *);

#endif
