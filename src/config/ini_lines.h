/*
 * The lines of an INI file, put together as iniparser does it. iniparser keeps neither their numbers nor how a key was written, and
 * its versions differ in what a backslash between quotes means.
 */
#ifndef INI_LINES_H
#define INI_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/span.h"

/* A line that begins a section or sets a key; the strings live in the arena. */
struct ini_line {
	const char *section;  /* in lower case, "" before the first one */
	const char *key;      /* in lower case; NULL: the line begins the section */
	const char *name;     /* the key as it is written */
	struct span value;    /* what stands after "=", trimmed, with its quotes and its comment */
	unsigned first, last; /* line numbers; they differ where a backslash continues the line */
	const char *begin;    /* of the line in the content */
	const char *read;     /* what iniparser makes of the value (ini_values.c), or NULL */
};

/* Returns the lines of a file's content that hold a section or "=", in their order, and how many there are. */
struct ini_line *ini_lines_read(struct span content, struct arena *, size_t *n);

/* Returns the line of that number, from 1 on; empty if there is none. */
struct span ini_lines_numbered(struct span content, unsigned number);

/*
 * Returns the content, in the arena, with empty lines in place of those that have the given numbers, and of those that they continue or
 * are continued by.
 */
struct span ini_lines_without(struct span content, const unsigned *numbers, size_t n, struct arena *);

/*
 * Tells whether the value begins with a quote, and returns what stands before the next quote of that kind, or before the end if there
 * is none. A backslash stands for itself.
 */
bool ini_lines_quoted(struct span value, struct span *quoted);

#endif
