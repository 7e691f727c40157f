/* The lines of an INI file with their values, which iniparser reads. */
#ifndef INI_VALUES_H
#define INI_VALUES_H

#include <stdbool.h>

#include "base/text.h"
#include "config/ini_lines.h"

/*
 * Returns the lines of a file that begin a section or set a key, and how many there are; all lives in the arena. A line that can't be
 * understood is a line of faults, and the file is read without it. lost is set if iniparser has found other lines than these. If the file
 * can't be read, returns NULL and errno, which is 0 if its content is at fault.
 */
struct ini_line *ini_values_read(const char *file, struct arena *, struct text *faults, size_t *n, bool *lost);

#endif
