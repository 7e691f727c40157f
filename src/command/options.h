/* The options that the commands which read outcomes share: list, search, show, export, erase, person and stats. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keep/selection.h"

/* The options of one call. */
struct options {
	const char *form; /* the only form to look at, or NULL */
	struct filter filter;
	const char *before; /* id of the outcome behind which to go on, or NULL */
	uint64_t limit;     /* the most outcomes to print; UINT64_MAX if it was not set */
	bool json, erase, prometheus, excel, labels, force;
	char **words; /* what is no option */
	size_t words_n;
};

/*
 * Reads the arguments that follow a command's name, of which allowed lists the long options it takes, parted by spaces. Prints what is
 * wrong and returns false. What the options hold lives in the arguments.
 */
bool options_read(struct options *, const char *allowed, int argc, char **argv);

/* The options that choose outcomes, for allowed. */
#define OPTIONS_FILTERS "form from to spam only-spam unread starred field"

#endif
