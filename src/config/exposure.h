/* Whether anybody could fetch the data or the configuration from the web server. */
#ifndef EXPOSURE_H
#define EXPOSURE_H

#include "config/config.h"

/* Returns NULL, or what is exposed in a document root and why that must not be, in the arena. The root "/" is that of a server without one. */
const char *exposure_find(const struct config *, const char *document_root, struct arena *);

/* Tells whether the data folder contains the configuration. */
bool exposure_data_holds(const struct config *);

#endif
