/* A table in a file that processes share: 64-bit keys and values, a cache that may be lost at any time; see table.c. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/window.h"

/* The bytes of a mark, and the most entries that a table can be made for (a file of 512 MiB). */
enum { TABLE_MARK = 16, TABLE_ROOM_MAX = 1 << 23 };

enum table_state {
	TABLE_FINE,
	TABLE_NONE,    /* no such table, or no such entry */
	TABLE_FULL,    /* a larger one is needed */
	TABLE_DAMAGED, /* not what was written, or nothing is open: make it anew */
	TABLE_FAILED   /* errno says why */
};

union table_block;

/* All calls on the tables of one path need the caller's lock around them; the one to find from may be a shared one. */
struct table {
	int file; /* -1 where none is open */
	dev_t device;
	ino_t inode;
	uint64_t buckets, entries, salt; /* entries: as the header last said */
	uint64_t changes; /* likewise: how often an entry was put or replaced */
	uint64_t note[2]; /* the owner's own: as it was when the table was opened, or noted since */
	unsigned char mark[TABLE_MARK];
	struct window *window; /* through which it is read and written, or NULL: by calls */
	union table_block *made; /* all buckets, until it is published */
};

/* Where a search for the values under a key stands. Starts as {0}. */
struct table_walk {
	uint64_t passed; /* buckets */
	unsigned slot;
};

/* Starts with nothing open; a table that was made with another mark is none. */
void table_begin(struct table *, const unsigned char mark[TABLE_MARK]);

/*
 * Opens the table of that name, or makes sure that the open one is, and reads its header; to be called first whenever the
 * lock was taken. TABLE_NONE, and nothing open, where there is none or what is there is no sound one.
 */
enum table_state table_open(struct table *, const char *path);

/*
 * Begins an empty table for that many entries (it takes half as many again before it is full), in memory, with the disk's
 * share taken as PATH.new in place of what an earlier maker left there. It is open, but nobody else sees it until it is
 * published. -1 and errno, nothing open, where it can't; ERANGE: more than TABLE_ROOM_MAX.
 */
int table_make(struct table *, const char *path, uint64_t room);

/* Writes a table that was made and gives it its name; -1 and errno where it can't, and then it is given up. */
int table_publish(struct table *, const char *path);

/* Gives the next value under the key, in no order; TABLE_NONE where there is no further one. */
enum table_state table_find(struct table *, uint64_t key, struct table_walk *, uint64_t *value);

/* Adds a value, not 0, to those under the key; TABLE_FULL where more than 3/4 of the slots would be taken. */
enum table_state table_put(struct table *, uint64_t key, uint64_t value);

/*
 * Sets the one value, not 0, under the key and, where its bucket is full, forgets the entry with the smallest value there.
 * Never full; a table is for this or for table_put, not for both.
 */
enum table_state table_put_bounded(struct table *, uint64_t key, uint64_t value);

/* Puts a fresh value, not 0, in the place of an old one under the key; TABLE_NONE where that is not there, and nothing is changed. */
enum table_state table_replace(struct table *, uint64_t key, uint64_t old, uint64_t fresh);

/*
 * Publishes a fresh table of that room, with all entries that are wanted, in place of the open one, and has it open then;
 * on any other answer than TABLE_FINE all is as it was. TABLE_FULL: there are too many for the room.
 */
enum table_state table_renew(struct table *, const char *path, uint64_t room,
	bool (*wanted)(void *context, uint64_t key, uint64_t value), void *context);

/* Writes another note; TABLE_DAMAGED where what is there is not what was read or written last: an older table was put over it. */
enum table_state table_note(struct table *, const uint64_t note[2]);

/* Closes the table; what was not published is lost. */
void table_end(struct table *);

/* Reads which boot this is, once for all: before a process can't open files of the system any more. -1 and errno where nothing tells. */
int table_know_boot(void);

/* Fills a mark that is another after each boot, for each owner, and with each version of the format; -1 and errno where it can't. */
int table_mark_of_boot(unsigned char mark[TABLE_MARK], const char *owner);

#endif
