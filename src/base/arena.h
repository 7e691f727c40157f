/* One request's memory: taken in pieces, given back all at once after the answer. */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena_block;

/* Starts as all zeroes. */
struct arena {
	struct arena_block *blocks; /* the newest first */
};

/* Gives size bytes, zeroed and aligned for any type; ends the process when there is no memory. */
void *arena_take(struct arena *, size_t size);

/* Gives a block of new_size bytes that begins with the old_size bytes of old, in place where it can. */
void *arena_grow(struct arena *, void *old, size_t old_size, size_t new_size);

/* Gives a copy of n bytes with a NUL behind it. */
char *arena_copy(struct arena *, const char *bytes, size_t n);

/* Forgets all that was taken but keeps one block to take from again. */
void arena_reset(struct arena *);

/* Gives all memory back to the system. */
void arena_free(struct arena *);

#endif
