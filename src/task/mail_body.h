/* The content of a mail: its text, the same in HTML, and files (RFC 2046 §5.1). */
#ifndef MAIL_BODY_H
#define MAIL_BODY_H

#include "base/text.h"
#include "task/mailing.h"

/* Appends the header fields of the content and the content. html may be NULL. The mark makes the boundaries unique. */
void mail_body_write(struct text *, const char *mark, const char *text, const char *html, const struct mail_file *files, size_t n);

#endif
