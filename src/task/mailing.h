/* Mailings: an outcome made ready to be written into a mail, by whichever part of it. */
#ifndef MAILING_H
#define MAILING_H

#include <jansson.h>

#include "base/arena.h"
#include "base/span.h"
#include "config/config.h"
#include "config/message.h"

/* What a field is called, and what it holds, as people are shown it. */
struct mail_row {
	const char *label;
	const char **values; /* none has a NUL */
	size_t n;
};

/* An upload of the record. Its content has no bytes if it is not attached. */
struct mail_file {
	const char *name;
	json_int_t size;
	bool shown; /* the text names it */
	struct span content;
};

struct mailing {
	const struct config *config; /* borrowed, all of them */
	const struct form *form;
	const struct task *task;
	const json_t *record;
	struct arena *arena;
	const struct catalogue *catalogue; /* of the form's language; NULL: English */
	const char *id;
	const char *date;    /* when it was received, as people write it */
	const char *outcome; /* URI, or NULL */
	const char *desk;    /* URI of its page at the desk, or NULL where nobody may see that */
	struct mail_row *rows;
	size_t rows_n;
	struct mail_file *files;
	size_t files_n;
};

/* Begins the mailing of a record by a task, in the arena; no upload is read yet. Receipts get what a visitor may see. */
struct mailing mailing_begin(const struct config *, const struct form *, const struct task *, const json_t *record, struct arena *);

/* Reads as many of the uploads as the task may attach. */
void mailing_read_files(struct mailing *);

/* Gives what was posted under a name, or else under the name in another case of letters; NULL if nothing was. */
const json_t *mailing_posted(const json_t *record, const char *name);

/* Gives a value as people are shown it, in the arena: the label of an option, a word for a tick, else the value. */
const char *mailing_shown(const struct mailing *, const struct field *, const json_t *value);

/* Gives a copy of a text with blanks for its control characters, in the arena. */
const char *mailing_line(struct arena *, const char *text);

/* Gives the word for the link to the question whether the outcome is spam, or is not where it is taken for spam. */
const char *mailing_spam_word(const struct mailing *);

/* Gives the URI of a question at the desk about the outcome, "spam" or "erase", in the arena; "" if there is no desk. */
const char *mailing_question(const struct mailing *, const char *ask);

/* Gives what is said of a file: its name, its size, and whether it is not attached. */
const char *mailing_file_line(const struct mailing *, const struct mail_file *);

#endif
