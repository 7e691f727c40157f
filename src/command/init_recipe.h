/* What remains to be done after "seeother init": starting the processes, and the settings of the web server. */
#ifndef INIT_RECIPE_H
#define INIT_RECIPE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"

/*
 * Prints the steps for the web server that is installed here, and at last the address of the form. base is the program's own URI, or ""
 * for /seeother on this machine; user is whom the processes run as; file is a configuration that the program does not find by itself,
 * or NULL; mail tells whether it sends mail.
 */
void init_recipe_print(FILE *, const char *base, const char *user, const char *file, bool mail, struct arena *);

#endif
