/* Holes of mails: {names} that subject, text and templates may have besides the names of fields. */
#ifndef MAIL_HOLE_H
#define MAIL_HOLE_H

#include "base/span.h"

enum mail_hole {
	MAIL_HOLE_ID,
	MAIL_HOLE_FORM,
	MAIL_HOLE_RECEIVED,
	MAIL_HOLE_OUTCOME, /* URIs: of the outcome, */
	MAIL_HOLE_DESK,    /* of its page at the desk, */
	MAIL_HOLE_SPAM,    /* of the question whether it is spam, */
	MAIL_HOLE_ERASE,   /* and of the question whether to erase it */
	MAIL_HOLE_FIELDS,  /* all that the mail would have without a template */
	MAIL_HOLES
};

/* Finds the hole of a name; MAIL_HOLES if there is none. */
enum mail_hole mail_hole_find(struct span name);

/* Gives the name that a brace begins a hole with, empty if it begins none: letters, digits and _ . [ ] - alone, up to a brace. */
struct span mail_hole_name(const char *brace);

#endif
