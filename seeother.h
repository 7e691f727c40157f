/* Answers one request, by CGI or FastCGI. */
#ifndef SEEOTHER_H
#define SEEOTHER_H

#include "base/arena.h"
#include "http/request.h"
#include "keep/site.h"

/* Answers the request of the transport. Everything that the answer needs lives in the arena, which the caller resets afterwards. */
void seeother_answer(struct site *, struct arena *, const struct transport *);

#endif
