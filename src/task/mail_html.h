/* The part of a mail that is HTML, with the look of the pages. */
#ifndef MAIL_HTML_H
#define MAIL_HTML_H

#include "base/text.h"
#include "task/mailing.h"

/* Gives the HTML of the message that a task sends for an outcome, in the arena; NULL if the message has plain text only. */
const char *mail_html_write(const struct mailing *);

/* Appends the beginning of a document, with its title as heading. */
void mail_html_begin(struct text *, const struct mailing *, const char *title);

/* Appends an outcome's fields and files. */
void mail_html_fields(struct text *, const struct mailing *);

/* Appends links to where an outcome is found. */
void mail_html_links(struct text *, const struct mailing *);

/* Appends the end of a document. */
void mail_html_end(struct text *);

#endif
