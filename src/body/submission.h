/* A submission: the fields and files that a visitor posted, in their order. */
#ifndef SUBMISSION_H
#define SUBMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "body/body_fault.h"
#include "config/form.h"

/* A file that came with a submission. The strings live in the arena. */
struct posted_file {
	struct span field, filename; /* as the client named them, UTF-8 once charset_settle has seen them */
	bool filename_is_utf8;       /* as it came, whatever charset is declared */
	const char *type;            /* as the client announced it, or application/octet-stream */
	const char *found;           /* what sniff says of its content, "text/plain" for text, or NULL */
	uint64_t size;
	const char *sha256; /* in hexadecimal */
	const char *path;   /* below the form's folder */
	bool too_large;     /* for its field, so nothing of it was kept */
	struct posted_file *next;
};

/* Fields that control how a submission is handled and are not kept with it. */
#define SUBMISSION_TOKEN "_token"
#define SUBMISSION_NEXT "_next"
#define SUBMISSION_METHOD "_method"

/* Name and value are valid UTF-8 once charset_settle has seen them. A value may hold NUL, a name never does. */
struct pair {
	struct span name, value;
	const char *charset; /* named by the value's own part, or NULL */
	bool is_utf8;        /* as it came, whatever charset is declared */
};

/* Starts as {.arena = …}; the pairs live in the arena. */
struct submission {
	struct arena *arena;
	struct pair *pairs;
	size_t n, room;
	struct posted_file *files, **last_file; /* in order; last_file is NULL before the first */
};

/* Adds a pair, whose bytes are borrowed. */
void submission_add(struct submission *, struct span name, struct span value);

/* Adds a pair, whose bytes are borrowed, unless it exceeds one of the limits. */
enum body_fault submission_take(struct submission *, const struct limits *, struct span name, struct span value);

/* Adds a file, which is borrowed. */
void submission_add_file(struct submission *, struct posted_file *);

/* Returns true if a field of that name controls how the submission is handled. */
bool submission_is_control(struct span name);

/* Returns the first value posted under the name, or an empty span. */
struct span submission_value(const struct submission *, const char *name);

/* Returns the next value posted under the name, or NULL. *from starts as 0 and is moved on. */
const struct span *submission_next(const struct submission *, const char *name, size_t *from);

#endif
