/* The sections and keys of an INI file, as its lines name them. */
#ifndef INI_NAMES_H
#define INI_NAMES_H

#include "base/span.h"
#include "base/text.h"
#include "config/ini_lines.h"

/* A key of a section or, with key "", the section itself. */
struct ini_name {
	const char *section, *key;
	size_t section_place, place; /* of the section's first line and of the key's, among all lines */
	const struct ini_line *line; /* the last one that sets it, which is the one in force */
};

/*
 * Returns each section and key of the lines once, in their order, and how many there are; all lives in the arena. A name that iniparser
 * would read as another one is a line of faults, and is left out.
 */
struct ini_name *ini_names_find(
	const char *file, const struct ini_line *lines, size_t lines_n, struct arena *, struct text *faults, size_t *n);

#endif
