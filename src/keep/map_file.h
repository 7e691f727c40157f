/*
 * Databases of maps on the disk (cdb), read by pread. They are not mapped into memory: a file that somebody cuts short in place would
 * end the process by SIGBUS.
 */
#ifndef MAP_FILE_H
#define MAP_FILE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"

/* A search for the values of a key. */
struct map_file {
	int file; /* borrowed */
	struct span key;
	uint32_t hash, table, slots, slot, tried;
};

/* Begins a search: 0, or -1 and errno. The key is borrowed. */
int map_file_begin(struct map_file *, int file, struct span key);

/* Finds the next value, in the arena: 1, or 0 if there is none; -1 and errno on failure, EILSEQ if the file is damaged or cut short. */
int map_file_next(struct map_file *, struct arena *, struct span *value);

#endif
