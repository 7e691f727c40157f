/* The types of a record's members: a line that was edited or imported may hold anything, and no reader should have to expect that. */
#ifndef RECORD_TYPES_H
#define RECORD_TYPES_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Gives the members of a record the types that record_write gives them: leaves out values that are not strings, and empties what is
 * not as it should be of a file, so that each file keeps its number. True if nothing had to be changed.
 */
bool record_types_repair(json_t *record);

#endif
