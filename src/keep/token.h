/* Tokens: a hidden field in each drawn form, which proves which form it is and when it was drawn, and identifies the copy. */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <time.h>

#include "base/span.h"
#include "keep/secret.h"

enum { TOKEN_LENGTH = 43 };

/* Writes a new token for a form that is drawn now. */
void token_write(char token[TOKEN_LENGTH + 1], const struct secret *, const char *form, time_t now);

/* Reads a token and gives when its form was drawn; false unless this data folder's secret made it for that form. */
bool token_read(struct span token, const struct secret *, const char *form, time_t *drawn);

#endif
