/* A submission: the fields that a visitor posted, in order, and how much of them is taken. */
#ifndef SUBMISSION_H
#define SUBMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "text.h"

/* What a form takes at the most; bytes, but for fields, which is a count. */
struct limits {
	uint64_t body, fields, name, value;
};

/* Both parts are valid UTF-8; a value may hold NUL, a name never does. */
struct pair {
	struct span name, value;
};

/* Starts as {.arena = …}; the pairs live in the arena. */
struct submission {
	struct arena *arena;
	struct pair *pairs;
	size_t n, room;
};

/* Adds a pair, whose bytes are borrowed. */
void submission_add(struct submission *, struct span name, struct span value);

/* Gives the next value posted under the name, or NULL; *from starts as 0 and is moved on. */
const struct span *submission_next(const struct submission *, const char *name, size_t *from);

#endif
