/* Character sets: what was posted in another one than UTF-8 is turned into UTF-8. */
#ifndef CHARSET_H
#define CHARSET_H

#include <stdbool.h>

#include "body/submission.h"

/*
 * Makes every name and value valid UTF-8. Where all are, whatever the client said of them, they stay. Else they are converted: a
 * value from the charset that its own part names, all else from the one that a field named _charset_, or else content_type (which
 * may be NULL), names; false where it is not known or the bytes are none of it. Where nothing names one, ill-formed parts become
 * U+FFFD.
 */
bool charset_settle(struct submission *, const char *content_type);

#endif
