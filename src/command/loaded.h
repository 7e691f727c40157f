/* The configuration as a command has it: where it is, what was found wrong with it, and the form that was asked for. */
#ifndef LOADED_H
#define LOADED_H

#include <limits.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "config/config.h"

struct loaded {
	char path[PATH_MAX];
	struct arena arena;    /* holds what the command makes */
	struct text faults;    /* a line each, printed at the end */
	struct config *config; /* NULL where it can't be loaded */
	bool incomplete;       /* the folder of forms has a file at fault, whose form is left out */
};

/* Loads the configuration in use; where that fails, config is NULL and the faults say why. All forms of the folder of forms are loaded too. */
void loaded_begin(struct loaded *);

/* Returns the form of that name; NULL, with the reason printed, where there is none. */
const struct form *loaded_form(const struct loaded *, const char *name);

/* Prints the faults, frees everything, and returns the status that was given, or 1 if there is no configuration or a part of it is left out. */
int loaded_end(struct loaded *, int status);

#endif
