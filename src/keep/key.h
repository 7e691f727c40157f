/*
 * Keys: what makes two submissions one. A key has a name, and a mark of the content that came with it; both are keyed hashes, so a
 * log tells nobody what the key was made of.
 */
#ifndef KEY_H
#define KEY_H

#include <stdint.h>

#include "body/submission.h"
#include "keep/secret.h"

enum { KEY_NAME = 16, KEY_CONTENT = 8, KEY_TEXT = 32 };

enum key_kind {
	KEY_TOKEN = 1,  /* a drawn form's token: the form came back twice */
	KEY_HEADER = 2, /* an Idempotency-Key */
	KEY_SAME = 3    /* neither: the same content from the same client */
};

struct key {
	unsigned char name[KEY_NAME], content[KEY_CONTENT];
	uint64_t seconds; /* how long it is remembered */
};

/*
 * Makes the key of a submission to a form. The name is the token, the Idempotency-Key, or what tells one client from others; it
 * and the form's name may be any bytes.
 */
void key_make(struct key *, const struct secret *, enum key_kind, struct span name, const char *form, const struct submission *);

/* Writes the key as a line of the log has it: base64url of name and content. */
void key_write(const struct key *, char text[KEY_TEXT + 1]);

/* Reads what key_write wrote; false where it is anything else. The seconds are 0. */
bool key_read(struct span text, struct key *);

#endif
