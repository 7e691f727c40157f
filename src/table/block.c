/* The check is SipHash over the block, with the block's place where the check itself will stand. */
#include "table/block.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

_Static_assert(BLOCK_KEY == crypto_shorthash_KEYBYTES && sizeof(uint64_t) == crypto_shorthash_BYTES, "SipHash-2-4");

uint64_t block_hash(const struct block_file *file, const void *bytes, size_t n)
{
	uint64_t sum;
	crypto_shorthash((unsigned char *)&sum, bytes, n, file->key);
	return sum;
}

uint64_t block_check(const struct block_file *file, uint64_t words[BLOCK_WORDS], uint64_t place)
{
	uint64_t *last = &words[BLOCK_WORDS - 1], kept = *last;
	*last = place;
	uint64_t check = block_hash(file, words, BLOCK_SIZE);
	*last = kept;
	return check;
}

/*
 * The blocks that were found or made sound last. One that is the same to the last byte, at the same place and under the same key, is sound
 * without another hash: a post with a key reads the header three times and a bucket twice.
 */
enum { SOUND = 8 };

static struct sound_block {
	bool set;
	unsigned char key[BLOCK_KEY];
	uint64_t place, words[BLOCK_WORDS];
} sound[SOUND];

static void note_sound(const struct block_file *file, const uint64_t words[BLOCK_WORDS], uint64_t place)
{
	struct sound_block *block = &sound[place % SOUND];
	block->set = true;
	block->place = place;
	memcpy(block->key, file->key, BLOCK_KEY);
	memcpy(block->words, words, BLOCK_SIZE);
}

static bool passes_check(const struct block_file *file, uint64_t words[BLOCK_WORDS], uint64_t place)
{
	const struct sound_block *had = &sound[place % SOUND];
	if (had->set && had->place == place && memcmp(had->key, file->key, BLOCK_KEY) == 0 && memcmp(had->words, words, BLOCK_SIZE) == 0)
		return true;
	if (words[BLOCK_WORDS - 1] != block_check(file, words, place))
		return false;
	note_sound(file, words, place);
	return true;
}

off_t block_offset(uint64_t n)
{
	return (off_t)(BLOCK_SIZE * n);
}

static int damaged(void)
{
	errno = EBADMSG;
	return -1;
}

int block_read_many(const struct block_file *file, void *blocks, size_t n, uint64_t first)
{
	off_t at = block_offset(first);
	size_t size = n * BLOCK_SIZE;
	ssize_t got;
	if (file->file < 0)
		return damaged();
	if (file->mapping && (size_t)at + size <= file->mapping->length) {
		memcpy(blocks, file->mapping->bytes + at, size);
		return file->mapping->damaged ? damaged() : 0;
	}
	do
		got = pread(file->file, blocks, size, at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -1;
	return got == (ssize_t)size ? 0 : damaged();
}

int block_read(const struct block_file *file, uint64_t words[BLOCK_WORDS], uint64_t n, uint64_t place)
{
	if (block_read_many(file, words, 1, n) < 0)
		return -1;
	return passes_check(file, words, place) ? 0 : damaged();
}

int block_write(const struct block_file *file, uint64_t words[BLOCK_WORDS], uint64_t n, uint64_t place)
{
	off_t at = block_offset(n);
	ssize_t written;
	words[BLOCK_WORDS - 1] = block_check(file, words, place);
	note_sound(file, words, place);
	if (file->mapping && (size_t)at + BLOCK_SIZE <= file->mapping->length) {
		memcpy(file->mapping->bytes + at, words, BLOCK_SIZE);
		return file->mapping->damaged ? damaged() : 0;
	}
	do
		written = pwrite(file->file, words, BLOCK_SIZE, at);
	while (written < 0 && errno == EINTR);
	if (written >= 0 && written < BLOCK_SIZE)
		errno = ENOSPC; /* what a second call would say */
	return written == BLOCK_SIZE ? 0 : -1;
}
