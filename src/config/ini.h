/* INI files, by way of iniparser: sections with their entries, in the order of the file. */
#ifndef INI_H
#define INI_H

#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

struct ini;

/* A key and its value. */
struct ini_entry {
	const char *key;  /* in lower case */
	const char *name; /* the key as it is written */
	const char *text; /* NULL if the key or the value has a control character or is not UTF-8 */
	unsigned line;    /* its number in the file */
};

/* A section; one that comes twice in the file is one here. */
struct ini_section {
	const char *name; /* in lower case */
	unsigned line;
	const struct ini_entry *entries;
	size_t entries_n;
};

/*
 * Reads a file. If it can't be read, returns NULL with errno and a line of faults. A line that can't be understood is a fault, and the
 * file is read on without it. Free the result.
 */
struct ini *ini_load(const char *file, struct text *faults);

/* Frees what ini_load returned; NULL is fine. */
void ini_free(struct ini *);

/* Returns the sections and their number; borrowed. */
const struct ini_section *ini_sections(const struct ini *, size_t *n);

/* Returns the number of the line that begins a section or, if the key is not NULL, sets a key in it; 0 if there is none. */
unsigned ini_line(const struct ini *, const char *section, const char *key);

#endif
