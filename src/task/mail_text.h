/* The part of a mail that is plain text. */
#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

#include "base/text.h"
#include "task/mailing.h"

/* Gives the text of the message that a task sends for an outcome: by its template, if that can be read, or as it is written here. */
const char *mail_text_write(const struct mailing *);

/* Appends an outcome's fields and files. */
void mail_text_fields(struct text *, const struct mailing *);

/* Appends the addresses where an outcome is found, a line each. */
void mail_text_links(struct text *, const struct mailing *);

#endif
