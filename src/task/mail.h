/* Mail: an outcome as a message (RFC 5322, MIME) for sendmail -t or a program like it. */
#ifndef MAIL_H
#define MAIL_H

#include <jansson.h>

#include "base/text.h"
#include "config/config.h"

/*
 * Gives the message that a mail or reply task sends for a record, in the arena; NULL if the record names no recipient. No field can
 * add a header or a recipient.
 */
const struct text *mail_compose(const struct config *, const struct form *, const struct task *, const json_t *record, struct arena *);

/* Gives the address that a reply task sends to, or the first one of a mail task; NULL if the record names none. */
const char *mail_recipient(const struct form *, const struct task *, const json_t *record);

#endif
