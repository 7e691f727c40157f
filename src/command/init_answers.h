/* What "seeother init" has to know: from its options, or from questions on the terminal. */
#ifndef INIT_ANSWERS_H
#define INIT_ANSWERS_H

#include <stdbool.h>

#include "base/arena.h"

enum { INIT_ANSWERS = 4 };

/* The answers; a text is "" where the answer is to leave it out. */
struct init_answers {
	const char *file;         /* path of the configuration to write */
	const char *data;         /* absolute path of the data folder */
	const char *mail;         /* address that gets each message, or "" */
	const char *language;     /* tag of a shipped language */
	const char *base;         /* absolute URI of the program, or "" */
	const char *user;         /* whom the processes run as, or NULL: to be found */
	bool force;               /* replace a configuration that is there */
	bool given[INIT_ANSWERS]; /* those that are not asked for */
};

/*
 * Takes the options, and defaults for what they leave open. Prints what is wrong with an option and returns false. The texts live in the
 * arena or in the arguments.
 */
bool init_answers_begin(struct init_answers *, int argc, char **argv, struct arena *);

/*
 * Asks for what no option gave, each until the answer is valid; an empty line or the end of the input takes the default. Returns false if
 * the input ends where the default is not valid.
 */
bool init_answers_ask(struct init_answers *, struct arena *);

#endif
