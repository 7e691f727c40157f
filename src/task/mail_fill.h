/* Filling the {holes} in the subject, the text and the templates of a mail. */
#ifndef MAIL_FILL_H
#define MAIL_FILL_H

#include "task/mailing.h"

/* Gives a text with each {hole} filled, with values separated by commas, on one line, in the arena. */
const char *mail_fill_line(const struct mailing *, const char *text);

/* Gives a template with its holes filled, in the arena; fields is what stands for {fields}. In HTML what is filled in is escaped. */
const char *mail_fill_template(const struct mailing *, const char *content, const char *fields, bool html);

/* Appends a text as HTML: escaped, its line ends as breaks. */
void mail_fill_html(struct text *, const char *text);

#endif
