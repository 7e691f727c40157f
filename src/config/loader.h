/* The loader: config.ini while it is read, a section after the other. */
#ifndef LOADER_H
#define LOADER_H

#include "base/text.h"
#include "config/config.h"
#include "config/ini.h"
#include "config/setting.h"

struct loader;

/* Takes an entry of the section that is being read. */
typedef void entry_taker(struct loader *, const char *text);

/* A load under way. */
struct loader {
	struct config *config;
	struct text *faults;
	const struct ini *ini;
	const char *section; /* the one being read */
	const char *key;     /* likewise, or NULL */
	entry_taker *take;   /* what its entries are for, */
	void *into;          /* for which form, thing, task or forward, or NULL in [seeother], */
	size_t kind;         /* and as the taker likes */
};

/* Gives the arena of the configuration. */
struct arena *loader_arena(struct loader *);

/* Appends a fault, with file, section and key. */
void loader_fault(struct loader *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives what stands behind "KIND " in the current section's name, or NULL where the kind is another. */
const char *loader_name(const struct loader *, const char *kind);

/* Hands each entry of the section to the taker. */
void loader_each(struct loader *, entry_taker *, void *into, size_t kind);

/* Gives where settings come from. */
struct setting_source loader_source(const struct loader *);

/* Reads the current key into a struct of the kind. */
void loader_setting(struct loader *, enum setting_kind, const char *text, void *into);

/* Reads the section if it is a task; in config_task.c. */
void loader_tasks_read(struct loader *);

/* Makes sure, once all is read, that tasks hold together, and that those which forms name are there. */
void loader_tasks_check(struct loader *);

/* Reads the section if it is a thing or a forward; in config_route.c. */
void loader_routes_read(struct loader *);

/* Makes sure, once all is read, that things and forwards hold together. */
void loader_routes_check(struct loader *);

#endif
