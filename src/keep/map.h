/* Maps: where the names of things lead, a million of them if need be, in a constant database (cdb) made from a text file. */
#ifndef MAP_H
#define MAP_H

#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "base/text.h"

/* A map that a process has open. Starts as all zeroes. */
struct map {
	struct cdb *base; /* NULL while there is none */
	dev_t device;
	ino_t inode;
	struct timespec changed;
};

/* Where a name leads. */
struct map_entry {
	const char *target;
	const char *type; /* or NULL */
};

enum { MAP_ENTRIES = 16 };

/*
 * Finds a name in the database FILE.cdb, which may have been replaced since: gives how many entries it has, at most MAP_ENTRIES, in
 * their order, the strings in the arena; -1 and errno where it can't be read.
 */
int map_find(struct map *, const char *file, struct span name, struct arena *, struct map_entry entries[MAP_ENTRIES]);

/* Makes FILE.cdb from FILE, whole or not at all: how many entries it has, or -1 with a line for each fault appended. */
long map_make(const char *file, struct text *faults);

/* Closes the map. */
void map_end(struct map *);

#endif
