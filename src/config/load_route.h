/* Loading [thing NAME] and [forward NAME]. */
#ifndef LOAD_ROUTE_H
#define LOAD_ROUTE_H

#include "config/loader.h"

/* Reads the section of a thing. */
void load_route_read_thing(const struct loader *, const struct ini_section *, const char *name);

/* Reads the section of a forward. */
void load_route_read_forward(const struct loader *, const struct ini_section *, const char *name);

/* Checks, once all sections are read, that things and forwards hold together. */
void load_route_check(const struct loader *);

/* Returns the section of the thing or forward whose path begins with that name, in the arena; NULL if there is none. */
const char *load_route_at(const struct config *, const char *name, struct arena *);

#endif
