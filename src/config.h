/* The configuration: config.ini, read strictly. */
#ifndef CONFIG_H
#define CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "arena.h"
#include "field.h"
#include "submission.h"
#include "text.h"

enum form_show { SHOW_ALL, SHOW_NONE, SHOW_NAMED };

/* A [form NAME] and the sections that go with it. */
struct form {
	const char *name;
	const char *title, *button;
	const char *intro; /* or NULL */
	const char *page;  /* where GET sends the visitor, or NULL: the form is drawn */
	const char *next;  /* where a post sends the visitor, with {id}, {form}, {outcome}; NULL: to the outcome */
	const char *owners; /* names of authenticated users, parted by white space or commas, or NULL */
	enum form_show show;
	const char *show_names; /* the list, where show is SHOW_NAMED */
	struct limits limits;
	struct field *fields;
	size_t fields_n; /* 0: the form takes whatever is posted to it */
};

struct config {
	struct arena arena; /* holds all of it */
	const char *file;
	const char *data; /* the data folder */
	const char *base; /* the program's absolute URI without a slash at its end, or NULL */
	const char *node; /* this host's name among several, or "" */
	const char *sendfile; /* NULL: uploads are sent from here; "yes": by X-Sendfile; else the prefix for X-Accel-Redirect */
	bool durable;
	time_t changed;   /* when the file was last changed */
	struct limits limits;
	struct form *forms;
	size_t forms_n;
};

/* Appends each fault found, a line each, to faults. Gives the configuration, or NULL where there was one; free it. */
struct config *config_load(const char *file, struct text *faults);

/* Frees what config_load gave; NULL is fine. */
void config_free(struct config *);

/* Gives the form of that name, or NULL. */
const struct form *config_form(const struct config *, struct span name);

/* Gives the form's field that is posted under that name, or NULL. */
const struct field *form_field(const struct form *, struct span name);

/* Tells whether an outcome shows the visitor the field of that name; traps and hidden fields only where show names them. */
bool form_shows(const struct form *, struct span name);

/* Appends what takes longer to tell: patterns that are none, keys that are set twice. For "seeother check", which has the time. */
void config_try(const struct config *, struct text *faults);

/* Prints each section's keys, defaults and meanings. */
void config_keys_print(FILE *);

#endif
