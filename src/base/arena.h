/* The memory of one request: taken piece by piece, given back all at once after the answer. */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena_block;

/* Starts as all zeroes. */
struct arena {
	struct arena_block *blocks; /* the newest first */
};

/* Returns size zeroed bytes, aligned for any type. Ends the process if there is no memory. */
void *arena_take(struct arena *, size_t size);

/* Returns a piece of new_size bytes that begins with the old_size bytes of old; the newest piece grows in place if there is room. */
void *arena_grow(struct arena *, void *old, size_t old_size, size_t new_size);

/* Returns a copy of n bytes, followed by a NUL. */
char *arena_copy(struct arena *, const char *bytes, size_t n);

/* Gives back everything that was taken, except one block for the next request. */
void arena_reset(struct arena *);

/* Gives everything back to the system. */
void arena_free(struct arena *);

#endif
