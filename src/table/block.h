/* Blocks of 256 bytes in a file, each with a check that tells whether it is what was written at that place. */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdint.h>
#include <sys/types.h>

#include "base/mapping.h"

enum { BLOCK_SIZE = 256, BLOCK_WORDS = BLOCK_SIZE / 8, BLOCK_KEY = 16 };

/* An open file of blocks. */
struct block_file {
	int file;                     /* -1 while none is open */
	unsigned char key[BLOCK_KEY]; /* of all checks and hashes */
	struct mapping *mapping;      /* NULL: the file is read and written by system calls */
};

/* Returns a keyed hash of n bytes. */
uint64_t block_hash(const struct block_file *, const void *bytes, size_t n);

/* Returns the check of a block, which goes into its last word. The place is a number that no other block of any file with the same key has. */
uint64_t block_check(const struct block_file *, uint64_t words[BLOCK_WORDS], uint64_t place);

/* Returns the offset of block number n in the file. */
off_t block_offset(uint64_t n);

/* Reads n blocks without looking at their checks. Returns -1 and sets errno; EBADMSG if the file ends before, or was damaged. */
int block_read_many(const struct block_file *, void *blocks, size_t n, uint64_t first);

/* Reads block number n. Returns -1 and sets errno; EBADMSG if it is not what was written at that place. */
int block_read(const struct block_file *, uint64_t words[BLOCK_WORDS], uint64_t n, uint64_t place);

/* Sets the check of a block and writes it as block number n. Returns -1 and sets errno; EBADMSG if the file was damaged. */
int block_write(const struct block_file *, uint64_t words[BLOCK_WORDS], uint64_t n, uint64_t place);

#endif
