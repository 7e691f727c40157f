/* seeother: answers one request, whichever way it came. */
#ifndef SEEOTHER_H
#define SEEOTHER_H

#include "base/arena.h"
#include "http/request.h"
#include "keep/site.h"

/* Answers the request that the transport brings; the arena is reset first. */
void seeother_answer(struct site *, struct arena *, const struct transport *);

#endif
