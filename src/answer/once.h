/* Exactly once: which key makes a post the same as another, if any. */
#ifndef ONCE_H
#define ONCE_H

#include <stdbool.h>
#include <time.h>

#include "answer/exchange.h"
#include "body/submission.h"
#include "keep/key.h"
#include "keep/token.h"

/* What a post says of itself. */
struct once {
	bool keyed;        /* it has a key */
	bool by_token;     /* which is that of a drawn form */
	struct key key;
	const char *token; /* the token it came with, where that still holds, or NULL */
	time_t drawn;      /* when its form was drawn; 0: it does not say */
};

enum once_fault {
	ONCE_FINE,
	ONCE_TOO_OLD, /* the token is not remembered any more, or none of ours */
	ONCE_NO_KEY,  /* the form asks for one */
	ONCE_BAD_KEY, /* the Idempotency-Key is no string (RFC 9651 §3.3.3) */
	ONCE_FAILED   /* the secret can't be had; the reason is said */
};

/* Finds the key of a post: its Idempotency-Key, else its token, else, where the form has same, what it holds and who sent it. */
enum once_fault once_read(const struct exchange *, const struct submission *, time_t now, struct once *);

/*
 * Gives a fresh token for the exchange's form, in the arena, or NULL where there can be none, the reason said. A form that is
 * drawn again, because it must be sent once more, may come back at once: its token says that it was drawn that much earlier.
 */
const char *once_token(const struct exchange *, bool again);

#endif
