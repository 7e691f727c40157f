/* Whether anybody could fetch the data or the configuration from the web server. */
#ifndef EXPOSURE_H
#define EXPOSURE_H

#include "config/config.h"

/*
 * Returns NULL, or what is exposed in a document root and why that must not be, in the arena. The root "/" is that of a server without
 * one. aliased: the root is an alias's folder of programs, in which files are run and not fetched, so the configuration may be there.
 */
const char *exposure_find(const struct config *, const char *document_root, bool aliased, struct arena *);

/*
 * Tells whether a document root is the folder of an alias, as lighttpd names it for /cgi-bin/: the program is in it, but not where its
 * name in the URL would be. The last two may be NULL.
 */
bool exposure_is_alias(const char *document_root, const char *script_filename, const char *script_name);

/* Tells whether the data folder contains the configuration. */
bool exposure_data_holds(const struct config *);

#endif
