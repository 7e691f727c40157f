/* Loading the sections that describe a form's fields: [fields NAME], [labels NAME], [help NAME], [options NAME] and [patterns NAME]. */
#ifndef LOAD_FIELDS_H
#define LOAD_FIELDS_H

#include "config/loader.h"

/* Reads [fields NAME]. */
void load_fields_read(const struct loader *, const struct ini_section *, const char *form);

/* Reads [labels NAME], after the fields. */
void load_fields_read_labels(const struct loader *, const struct ini_section *, const char *form);

/* Reads [help NAME], after the fields. */
void load_fields_read_help(const struct loader *, const struct ini_section *, const char *form);

/* Reads [options NAME], after the fields. */
void load_fields_read_options(const struct loader *, const struct ini_section *, const char *form);

/* Reads [patterns NAME], after the fields. */
void load_fields_read_patterns(const struct loader *, const struct ini_section *, const char *form);

#endif
