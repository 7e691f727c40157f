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

#endif
