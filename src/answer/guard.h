/* Guards: which posts are let in, from where and how often, and which of them are suspicious. */
#ifndef GUARD_H
#define GUARD_H

#include "answer/exchange.h"
#include "body/submission.h"

/* Lets scripts of the form's origins read the answer, and says so before they post (the Fetch standard, "CORS protocol"). */
void guard_share(struct exchange *);

/* Tells whether a post is let in, by where it comes from and how often; answers 403 or 429 where not. */
bool guard_admit(struct exchange *);

/*
 * Tells whether a post comes from a page of the program's own, as far as the browser says: Sec-Fetch-Site (Fetch Metadata), else
 * Origin, which is "null" from a page that sends no Referer.
 */
bool guard_from_own_page(const struct exchange *);

/* Gives the reason why what was posted may be spam, or NULL; drawn is when its form was drawn, 0 where that is not known. */
const char *guard_suspect(const struct exchange *, const struct submission *, time_t drawn);

#endif
