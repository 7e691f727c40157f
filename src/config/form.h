/* Forms, as config.ini defines them. */
#ifndef CONFIG_FORM_H
#define CONFIG_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/file_state.h"
#include "base/span.h"
#include "config/field.h"

/* The most bytes of a section's or node's name. */
enum { CONFIG_NAME_MAX = 64 };

enum { FORM_COLUMNS_MAX = 20 };

/* A list of strings. */
struct words {
	const char **words;
	size_t n;
};

/* So many in so long a time; count 0: no bound. */
struct rate {
	uint64_t count, seconds;
};

/* What a form takes at the most; bytes, but for fields and files, which are counts. The body is counted without its files. */
struct limits {
	uint64_t body, fields, name, value, files, file;
};

/* What the page of an outcome shows the visitor. */
struct form_show {
	enum { SHOW_ALL, SHOW_NONE, SHOW_NAMED } which;
	const char *names; /* the list as it was written, for SHOW_NAMED */
};

/* A [form NAME] and the sections that go with it. */
struct form {
	size_t place;     /* its number among the forms of the configuration */
	uint64_t version; /* 1 or more; another one when another form has the place */
	const char *name;
	const char *file; /* in the folder of forms; NULL: it stands in config.ini */
	const char *title;
	const char *button;     /* or NULL */
	const char *intro;      /* or NULL */
	const char *thanks;     /* what the page of an outcome says of what happens next, with {field}s and {id}, or NULL */
	const char *page;       /* where GET sends the visitor, or NULL: the form is drawn */
	const char *next;       /* where a post sends the visitor, with {id}, {form}, {outcome}; NULL: to the outcome */
	const char *next_allow; /* where _next may send a visitor, for target_allowed, or NULL */
	const char *error;      /* where faults in the fields send a visitor, or NULL: the form is drawn again */
	const char *owners;     /* names of authenticated users, parted by white space or commas, or NULL */
	struct words columns;   /* names of what the list at the desk shows; none: the first few fields */
	struct form_show show;
	bool show_files; /* uploads are sent to whoever knows the outcome's address, not only to owners */
	bool index;      /* listed at the program's own URI */
	struct words languages;
	const char *charset; /* encoding of posts that name none, as encoding_find returns it; NULL: UTF-8 */
	bool files;          /* a form without fields takes files; one with fields takes those that it has fields for */
	uint64_t quota;      /* bytes that the form's folder may hold; 0: no bound */
	bool key_required;   /* an Idempotency-Key or a token must come */
	uint64_t remember, same, fastest, withdraw; /* seconds; 0: never */
	uint64_t keep;                              /* seconds; 0: forever */
	struct words origins;                       /* of pages that may post; none: any may */
	struct words embed; /* origins of pages that may show the form and its outcomes in a frame, besides the program's own */
	struct rate rate;
	struct words after;  /* tasks of every outcome */
	const char *result;  /* task that makes what the visitor waits for, or NULL */
	const char *blocked; /* words and phrases parted by commas, or NULL */
	struct limits limits;
	struct field *fields;
	size_t fields_n; /* 0: the form takes whatever is posted to it */
};

/* A form of the folder, as it was read when it was asked for. */
struct form_slot {
	char name[CONFIG_NAME_MAX + 1]; /* "": the slot is free */
	struct arena arena;             /* holds the form */
	const struct form *form;        /* NULL: its file is at fault */
	struct file_state state;        /* of the file that was read last */
	bool unread;                    /* reading it failed, */
	time_t tried;                   /* at this second; at another one it is tried again */
	uint64_t asked;                 /* the number of the look-up that asked for it last; 0: none has */
};

/* The forms of the folder that a process holds at a time. */
enum { FORM_SLOTS = 64 };

struct form_slots {
	struct form_slot slots[FORM_SLOTS];
	uint64_t asked, versions; /* look-ups, and forms that were read, so far */
};

/* Returns the form's field that is posted under that name, or under that name in another case of ASCII letters; NULL if there is none. */
const struct field *form_field(const struct form *, struct span name);

/* Tells whether an outcome shows the visitor the field of that name; traps and hidden fields only where show names them. */
bool form_shows(const struct form *, struct span name);

/* Tells whether what a form received at a moment is still to be kept at another. */
bool form_keeps(const struct form *, time_t received, time_t now);

#endif
