/* Settings: the keys of [seeother] and [form NAME] in config.ini, how each is read and what it is by default. */
#ifndef SETTING_H
#define SETTING_H

#include <stdbool.h>
#include <stdio.h>

#include "config/config.h"
#include "config/reader.h"

enum setting_kind { SETTING_GENERAL, SETTING_FORM, SETTING_THING, SETTING_TASK, SETTING_FORWARD };

/*
 * Reads the text of a key into a struct of the kind: config, form, thing, task or forward. Gives NULL, or what is
 * wrong with the key or its text.
 */
const char *setting_read(const struct setting_source *, enum setting_kind, const char *name, const char *text, void *into);

/* Sets all that has a default. */
void setting_defaults(const struct setting_source *, enum setting_kind, void *into);

/* Prints each key with its default and its meaning. */
void setting_print(FILE *);

/* What the table says of a key. */
struct setting_key {
	const char *name;
	reader *read;
	const char *preset; /* as text; NULL: none */
	const char *meaning;
};

/* Gives the i-th key of a kind; false if there are fewer. */
bool setting_key(enum setting_kind, size_t i, struct setting_key *);

/* Gives the name of a kind's sections, such as "form NAME"; the names of those with fields follow those of the kinds. NULL: no more. */
const char *setting_section(size_t i);

/* Gives what the keys of a section with fields mean, by the same number; NULL for the sections of a kind. */
const char *setting_section_meaning(size_t i);

#endif
