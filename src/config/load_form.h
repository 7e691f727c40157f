/* Loading [form NAME]. */
#ifndef LOAD_FORM_H
#define LOAD_FORM_H

#include "config/loader.h"

/* Reads the section of a form, after [seeother]. */
void load_form_read(const struct loader *, const struct ini_section *, const char *name);

/* Checks, once all sections are read, that each form holds together with its fields. */
void load_form_check(const struct loader *);

#endif
