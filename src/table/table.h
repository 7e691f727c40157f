/* A hash table in a file that processes share: 64-bit keys and values. It is a cache, and may be lost at any time. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "table/block.h"

/* The most entries that a table can be made for; its file then has 512 MiB. */
enum { TABLE_ROOM_MAX = 1 << 23, TABLE_SLOTS = 15 };

/* The name and version of the format, for boot_mark. */
#define TABLE_FORMAT "seeother table 2"

enum table_state {
	TABLE_FINE,
	TABLE_NONE,    /* no such table, or no such entry */
	TABLE_FULL,    /* a larger table is needed */
	TABLE_DAMAGED, /* not what was written, or nothing is open: make the table anew */
	TABLE_FAILED   /* errno says why */
};

/* A key's entries are in the bucket that its hash names, or in one behind it; see table.c. */
struct table_bucket {
	struct {
		uint64_t key, value;
	} slots[TABLE_SLOTS];
	uint64_t spilled;
	uint64_t check;
};

union table_block {
	struct table_bucket bucket;
	uint64_t words[BLOCK_WORDS];
};

/*
 * While a process calls any function on the tables of one path it must hold a lock that excludes all others; for table_find a
 * shared one is enough.
 */
struct table {
	struct block_file blocks; /* its key is the table's mark */
	dev_t device;
	ino_t inode;
	uint64_t buckets, entries, salt; /* entries: as the header last said */
	uint64_t changes;                /* how often an entry was put or replaced, as the header last said */
	uint64_t note[2];                /* the caller's own: as it was when the table was opened, or noted since */
	union table_block *made;         /* all buckets of a table that is not yet published */
};

/* Where a search for the values of a key stands. Starts as {0}. */
struct table_walk {
	uint64_t passed; /* buckets */
	unsigned slot;
};

/* Starts with nothing open. A table that was made with another mark is treated as absent. */
void table_begin(struct table *, const unsigned char mark[BLOCK_KEY]);

/*
 * Opens the table of that name, or makes sure that the open one still has it, and reads its header; to be called first each time
 * the lock was taken. Returns TABLE_NONE, with nothing open, if the file is missing or is not a sound table.
 */
enum table_state table_open(struct table *, const char *path);

/* Finds the next value of the key, in no particular order; TABLE_NONE after the last. */
enum table_state table_find(struct table *, uint64_t key, struct table_walk *, uint64_t *value);

/* Adds a value, which must not be 0, to those of the key; TABLE_FULL if more than 3/4 of the slots would be taken. */
enum table_state table_put(struct table *, uint64_t key, uint64_t value);

/*
 * Sets the only value of the key, which must not be 0. If the bucket is full, the entry with the smallest value in it is dropped, so
 * such a table is never full. A table is used with this function or with table_put, not with both.
 */
enum table_state table_put_bounded(struct table *, uint64_t key, uint64_t value);

/* Replaces an old value of the key by a new one, not 0; TABLE_NONE, with nothing changed, if the old one is missing. */
enum table_state table_replace(struct table *, uint64_t key, uint64_t old, uint64_t fresh);

/* Writes another note; TABLE_DAMAGED if the header is not what was read or written last: an older table was put in its place. */
enum table_state table_note(struct table *, const uint64_t note[2]);

/* Writes the header, with which a file becomes a table. For table_make_publish. */
enum table_state table_header_write(const struct table *);

/* Returns the place of a bucket for its check. For table_make_publish. */
uint64_t table_bucket_place(const struct table *, uint64_t bucket);

/* Closes the table; one that was not published is lost. */
void table_end(struct table *);

#endif
