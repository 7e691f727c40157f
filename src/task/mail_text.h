/* The text of a mail: the values of an outcome, for people. */
#ifndef MAIL_TEXT_H
#define MAIL_TEXT_H

#include <jansson.h>

#include "base/text.h"
#include "config/config.h"

/* An upload of the record. Its content has no bytes if it is not attached. */
struct mail_file {
	const json_t *file;
	const char *name;
	struct span content;
};

/* Gives what was posted under a name, or else under the name in another case of letters; NULL if nothing was. */
const json_t *mail_text_posted(const json_t *record, const char *name);

/* Gives a copy of a text with blanks for its control characters, in the arena. */
const char *mail_text_line(struct arena *, const char *text);

/* Gives a text with each {field} replaced by the field's values, separated by commas; on one line, in the arena. */
const char *mail_text_fill(const struct form *, const char *text, const json_t *record, struct arena *);

/* Gives the text of the message that a mail or reply task sends for a record, in the arena. A file without a record ends the files. */
const char *mail_text_write(const struct config *, const struct form *, const struct task *, const json_t *record,
	const struct mail_file *files, struct arena *);

#endif
