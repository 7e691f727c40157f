/*
 * Idempotency keys: two submissions with the same key are one outcome. A key has a name and a digest of the content that came with
 * it. Both are keyed hashes, so a log does not tell what they were made of.
 */
#ifndef KEY_H
#define KEY_H

#include <stdint.h>

#include "base/span.h"
#include "body/submission.h"
#include "keep/secret.h"

enum { KEY_NAME = 16, KEY_CONTENT = 8, KEY_TEXT = 32 };

enum key_kind {
	KEY_TOKEN = 1,  /* a drawn form's token */
	KEY_HEADER = 2, /* an Idempotency-Key header */
	KEY_SAME = 3    /* neither: client and content */
};

struct key {
	unsigned char name[KEY_NAME], content[KEY_CONTENT];
	uint64_t seconds; /* how long it is remembered */
};

/*
 * Makes the key of a submission to a form. The name is the token, the header's value or what identifies the client; it and the
 * form's name may hold any bytes.
 */
void key_make(struct key *, const struct secret *, enum key_kind, struct span name, const char *form, const struct submission *);

/* Writes the key as it stands in the log: base64url of name and content. */
void key_write(const struct key *, char text[KEY_TEXT + 1]);

/* Reads what key_write wrote, with seconds = 0; false if the text is anything else. */
bool key_read(struct span text, struct key *);

#endif
