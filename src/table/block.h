/* Blocks: what the file of a table is made of (table.c), each with a check that tells whether it is what was written. */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdint.h>
#include <sys/types.h>

#include "table/table.h"

enum { BLOCK = 256, BLOCK_SLOTS = 15, BLOCK_BUCKETS_MAX = 1 << 21 };

/* Names the format; the mark of a boot depends on it too. */
extern const char block_format[16];

struct header {
	char magic[16];
	uint64_t device, inode, buckets, entries, changes, salt, note[2];
	uint64_t spare[21];
	uint64_t check;
};

struct bucket {
	struct { uint64_t key, value; } slots[BLOCK_SLOTS];
	uint64_t spilled;
	uint64_t check;
};

union table_block {
	struct header header;
	struct bucket bucket;
	uint64_t words[BLOCK / sizeof(uint64_t)]; /* the last is the check */
};

/* Gives a hash of n bytes, whose key is the table's mark. */
uint64_t block_hash(const struct table *, const void *bytes, size_t n);

/* Gives the check of a block at a place, which stands in for the check itself meanwhile. */
uint64_t block_check(const struct table *, union table_block *, uint64_t place);

/* Gives the place of a bucket for its check: no other table has the same. */
uint64_t block_place(const struct table *, uint64_t bucket);

/* Gives where a bucket is in the file. */
off_t block_offset(uint64_t bucket);

/* Reads n blocks at an offset, unchecked; TABLE_DAMAGED where the file ends before. */
enum table_state block_read_many(const struct table *, union table_block *, size_t n, off_t at);

/* Writes the table's header. */
enum table_state block_header_write(const struct table *);

/* Reads the header into the table; TABLE_DAMAGED where it is not that of this file. */
enum table_state block_header_read(struct table *);

/* Reads a bucket, from memory while the table is being made; TABLE_DAMAGED where its check is wrong. */
enum table_state block_bucket_read(const struct table *, uint64_t at, union table_block *);

/* Writes a bucket, with its check, or into memory while the table is being made. */
enum table_state block_bucket_write(struct table *, uint64_t at, union table_block *);

#endif
