/* Tokens: a drawn form carries one, hidden, and comes back with it: that it is this form, when it was drawn, and which one it is. */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <time.h>

#include "base/text.h"
#include "keep/secret.h"

enum { TOKEN_LENGTH = 43 };

/* Writes a fresh token for a form that is drawn now. */
void token_write(char token[TOKEN_LENGTH + 1], const struct secret *, const char *form, time_t now);

/* Reads a token of a form and gives when it was drawn; false where it was not made here for that form. */
bool token_read(struct span token, const struct secret *, const char *form, time_t *drawn);

#endif
