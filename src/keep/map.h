/* Maps: the targets of many names, a million if need be, in a constant database (cdb) made from a text file. */
#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "base/text.h"

/* A map as a process has it open. Begin with all zeroes. */
struct map {
	int file;
	bool open; /* there is a file */
	dev_t device;
	ino_t inode;
	struct timespec changed;
};

/* One target of a name. */
struct map_entry {
	const char *target;
	const char *type; /* or NULL */
};

enum { MAP_ENTRIES = 16 };

/*
 * Finds a name in the database FILE.cdb, opened again if it was replaced. Gives the number of its entries, at most MAP_ENTRIES, in
 * their order, with the strings in the arena; -1 and errno on failure.
 */
int map_find(struct map *, const char *file, struct span name, struct arena *, struct map_entry entries[MAP_ENTRIES]);

/* Called with the number of lines that were read so far, now and then. */
struct map_watch {
	void (*read)(void *context, uintmax_t lines);
	void *context;
};

/*
 * Makes FILE.cdb from FILE, completely or not at all. Gives the number of entries, or -1 and a line appended for each fault. Who
 * watches it may be NULL.
 */
long map_make(const char *file, struct text *faults, const struct map_watch *);

/* Closes the map. */
void map_end(struct map *);

#endif
