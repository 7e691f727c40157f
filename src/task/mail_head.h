/* The header of a mail (RFC 5322 §3.6). */
#ifndef MAIL_HEAD_H
#define MAIL_HEAD_H

#include "base/text.h"
#include "task/mailing.h"

/* What differs from mail to mail. */
struct mail_head {
	const char *subject; /* the title of the form if it is empty or NULL */
	const char *mark;    /* what makes Message-ID unique: the same for each attempt at the same mail */
	bool about_visitor;  /* the names in it are the visitor's, and a reply goes there */
};

/* Gives the address of the visitor to whom a receipt goes, or NULL. */
const char *mail_head_visitor(const struct form *, const struct task *, const json_t *record);

/* Appends all header fields but those of the content, for a mailing whose recipient is known. */
void mail_head_write(struct text *, const struct mailing *, const struct mail_head *);

#endif
