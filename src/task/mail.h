/* Mail: an outcome as a message (RFC 5322, MIME), for a program that takes it as sendmail -t does. */
#ifndef MAIL_H
#define MAIL_H

#include <jansson.h>

#include "base/text.h"
#include "config/config.h"

/*
 * Gives the message that a mail or reply task sends for a record, in the arena; NULL where there is nobody to send it to. No field
 * can add a header or a recipient.
 */
const struct text *mail_compose(const struct config *, const struct form *, const struct task *, const json_t *record, struct arena *);

/* Gives the address that a reply task sends to, or NULL where the record has none. */
const char *mail_recipient(const struct form *, const struct task *, const json_t *record);

#endif
