/* Exactly once: the key that makes a post the same as another one. */
#ifndef ONCE_H
#define ONCE_H

#include <stdbool.h>
#include <time.h>

#include "answer/exchange.h"
#include "body/submission.h"
#include "keep/key.h"
#include "keep/token.h"

/* The key of a post, and what its token says. */
struct once {
	bool keyed;    /* there is a key */
	bool by_token; /* the key is a drawn form's token */
	struct key key;
	const char *token; /* the token that came, if it is valid, or NULL */
	time_t drawn;      /* when the form was drawn, or 0 if that is not known */
};

enum once_fault {
	ONCE_FINE,
	ONCE_TOO_OLD, /* the token has expired, or was not made here */
	ONCE_NO_KEY,  /* the form requires one */
	ONCE_BAD_KEY, /* the Idempotency-Key is not a string (RFC 9651 §3.3.3) */
	ONCE_FAILED   /* the secret can't be read; the reason was logged */
};

/* Finds the key of a post: its Idempotency-Key, else its token, else, if the form sets "same", its content and its client. */
enum once_fault once_read(const struct exchange *, const struct submission *, time_t now, struct once *);

/* Tells whether a submission carries a token that was made here for the exchange's form, expired or not. */
bool once_token_genuine(const struct exchange *, const struct submission *);

/*
 * Gives a fresh token for the exchange's form, in the arena, or NULL with the reason logged. A form that is drawn again, because it has to
 * be sent once more, keeps the time at which it was first drawn, as far as "fastest" looks back; 0 for a form that is drawn now.
 */
const char *once_token(const struct exchange *, time_t drawn);

#endif
