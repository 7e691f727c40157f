/* A load of config.ini: what each of its sections' readers needs. */
#ifndef LOADER_H
#define LOADER_H

#include "base/text.h"
#include "config/config.h"
#include "config/ini.h"
#include "config/setting.h"

struct loader {
	struct config *config;
	const struct ini *ini;
	struct text *faults; /* a line each */
};

/* Appends a fault with the file, the line, the section and the key; key may be NULL, and section too. */
void loader_fault(const struct loader *, const char *section, const char *key, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Returns what a section is named after its kind, "contact" for "form contact"; NULL if it is of another kind. */
const char *loader_name(const char *section, const char *kind);

/* Returns the arena of the configuration, and the file that relative paths start from. */
struct setting_source loader_source(const struct loader *);

/* Returns an entry's text; NULL, after a fault, if it has none that can be used. */
const char *loader_text(const struct loader *, const struct ini_section *, const struct ini_entry *);

/* Reads a key into a struct of the kind. */
void loader_setting(const struct loader *, const struct ini_section *, const struct ini_entry *, enum setting_kind, void *into);

/* Sets a struct of the kind to its defaults, then reads all keys of the section into it. */
void loader_settings(const struct loader *, const struct ini_section *, enum setting_kind, void *into);

#endif
