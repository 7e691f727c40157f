/* Method override: an HTML form can't send DELETE, so it posts _method=delete. */
#ifndef OVERRIDE_H
#define OVERRIDE_H

#include "answer/exchange.h"

/* Reads a POST to an outcome, which must ask for DELETE; answers and gives false if it doesn't. True for the method DELETE itself. */
bool override_require_delete(struct exchange *);

#endif
