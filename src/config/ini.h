/* INI files, by way of iniparser: sections and entries in their order, keys in lower case, every value a string. */
#ifndef INI_H
#define INI_H

#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"

struct ini;

/* Takes an entry; text is NULL where the entry holds a control character or is no UTF-8. */
typedef void ini_taker(void *context, const char *key, const char *text);

/* Reads a file; NULL where it can't be, each reason then a line of faults, and errno 0 if its content is at fault. Free it. */
struct ini *ini_load(const char *file, struct text *faults);

/* Frees what ini_load gave; NULL is fine. */
void ini_free(struct ini *);

/* Gives the number of sections. */
size_t ini_sections(const struct ini *);

/* Gives the name of the i-th section, in lower case; borrowed. */
const char *ini_section(const struct ini *, size_t i);

/* Gives the number of entries in a section. */
size_t ini_entries(const struct ini *, const char *section);

/* Hands each entry of a section to the taker. */
void ini_each(const struct ini *, const char *section, ini_taker *, void *context);

#endif
