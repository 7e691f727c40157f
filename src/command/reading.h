/* Reading outcomes for a command: the configuration, the secret, and the forms that the options name. */
#ifndef READING_H
#define READING_H

#include "command/loaded.h"
#include "command/options.h"

struct reading {
	struct loaded loaded;
	struct secret secret;
	bool has_secret; /* false: nothing was ever kept */
	time_t now;
};

/* Loads the configuration and the secret; false, with the reason printed, if that fails. reading_end follows in either case. */
bool reading_begin(struct reading *);

/* Like reading_begin for a command that writes: it must run as the user whose data it is. */
bool reading_begin_to_write(struct reading *);

/* Gives the i-th form that the options choose, or NULL behind the last. */
const struct form *reading_form(const struct reading *, const struct options *, size_t i);

/* Checks that the form which the options name is there; prints the reason and gives false if not. */
bool reading_has_form(const struct reading *, const struct options *);

/* Finds an outcome by its id in all forms, fills it in, and gives its form; NULL if there is none. Let go of the record. */
const struct form *reading_find(struct reading *, const char *id, struct selected *);

/* Prints faults, frees everything, and gives the exit status: the one given, or 1 if the configuration could not be loaded. */
int reading_end(struct reading *, int status);

#endif
