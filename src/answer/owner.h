/* Owners: what they change must come from a page that was drawn for them, because their browser logs in for whichever page posts. */
#ifndef OWNER_H
#define OWNER_H

#include "answer/exchange.h"
#include "base/span.h"

/* Gives a token for what the exchange's owner may change of its outcome, in the arena; NULL with the reason logged. */
const char *owner_token(const struct exchange *);

/* Tells whether a token was drawn for the exchange's owner and outcome, within the last day. */
bool owner_token_valid(const struct exchange *, struct span token);

#endif
