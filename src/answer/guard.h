/* Guards: which posts may come in, from where and how often, and which of them look like spam. */
#ifndef GUARD_H
#define GUARD_H

#include "answer/exchange.h"
#include "body/submission.h"

/* Checks where a post comes from and how often the client posts; answers 403 or 429 and gives false if it may not come in. */
bool guard_admit(struct exchange *);

/*
 * Checks once more, when the post was read: if its headers don't prove where it comes from, the token of a drawn form does. A proxy
 * that hides scheme, host or port, or a site that sends no referrer, would otherwise have the program refuse its own form. Answers 403
 * or 429 and gives false if it may not come in.
 */
bool guard_admit_submission(struct exchange *, const struct submission *);

/*
 * Tells whether a request comes from one of the program's own pages, as far as the browser says so: by Sec-Fetch-Site (Fetch Metadata),
 * or else by Origin. The origin "null" is nobody's; a request without both headers may come from anywhere.
 */
bool guard_from_own_page(const struct exchange *);

/* Gives the reason why a submission may be spam, or NULL; drawn is when its form was drawn, or 0 if that is not known. */
const char *guard_suspect(const struct exchange *, const struct submission *, time_t drawn);

#endif
