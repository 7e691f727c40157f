/* Fields of a form, as config.ini defines them. */
#ifndef FIELD_H
#define FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "config/option_list.h"
#include "config/setting_source.h"

enum field_type {
	FIELD_TEXT,
	FIELD_EMAIL,
	FIELD_URL,
	FIELD_TEL,
	FIELD_NUMBER,
	FIELD_DATE,
	FIELD_CHOICE,
	FIELD_CHECKBOX,
	FIELD_TEXTAREA,
	FIELD_HIDDEN,
	FIELD_FILE,
	FIELD_TRAP,
};

/* A choice of more options is drawn as a list, of which a browser posts something whatever is chosen. */
enum { FIELD_RADIOS_MAX = 6 };

/* A bound as it was written, and what it means: characters, a number's value, how many choices, a file's bytes; dates compare as text. */
struct field_bound {
	const char *text; /* NULL where there is none */
	double number;
};

struct field {
	const char *key;  /* its name in config.ini, lower case */
	const char *name; /* the name it is posted under */
	const char *label;
	const char *help; /* or NULL */
	enum field_type type;
	bool required, multiple;
	struct field_bound min, max;
	struct option_list options;
	const char *preset;       /* the value a drawn form begins with, or NULL */
	const char *autocomplete; /* or NULL */
	const char *pattern;      /* or NULL */
	const char *accept;       /* media types that a file may have, parted by commas, or NULL */
};

/*
 * Reads "type rule …" into the field, whose key and name are set. Returns NULL or what is wrong with it; all that the field and the
 * message hold lives in the source's arena.
 */
const char *field_read(struct field *, const char *definition, const struct setting_source *);

/* Gives NULL where the rules hold together, or what does not. */
const char *field_check(const struct field *, struct arena *);

/* Gives the name of the i-th type of fields, or NULL if there are fewer. */
const char *field_type_name(size_t i);

/* Gives the type attribute of the field's HTML input, or NULL where it is drawn in another way. */
const char *field_input_type(const struct field *);

/* Tells whether a min or max of the field counts characters. */
bool field_counts_characters(const struct field *);

#endif
