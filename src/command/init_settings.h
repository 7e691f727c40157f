/* The settings of a web server as a file has them, with the names of one's own site in place of the file's. */
#ifndef INIT_SETTINGS_H
#define INIT_SETTINGS_H

#include <stdio.h>

#include "base/arena.h"

/* What the settings are to have of one's own. */
struct init_site {
	const char *base; /* the program's own URI, whose path is not empty; "" for what the file has */
	const char *path; /* the path of that URI, or of the file's */
	const char *file; /* the configuration, or NULL for the system's */
};

/* Prints a file's text, indented; own_path is the path of seeother's URI in it, /seeother or one that begins with /cgi-bin. */
void init_settings_print(FILE *, const char *settings, const char *own_path, const struct init_site *, struct arena *);

#endif
