/* A JSON Schema (draft 2020-12) of config.ini, made from the table that loads it, so that editors complete and check what is typed. */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <jansson.h>

/*
 * Gives the schema of config.ini as an object of sections, each an object of keys in small letters whose values are strings. The caller
 * releases it. It refuses nothing that can be loaded, but can't know all that "seeother check" finds.
 */
json_t *schema_make(void);

#endif
