/* Blocks; see block.h. SipHash with the mark as its key is over the block and its place. */
#include "table/block.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

const char block_format[16] = {'s', 'e', 'e', 'o', 't', 'h', 'e', 'r', ' ', 't', 'a', 'b', 'l', 'e', ' ', '2'};

_Static_assert(sizeof block_format == sizeof(((struct header *)0)->magic), "the magic fits");
_Static_assert(sizeof(union table_block) == BLOCK, "a block is 256 bytes");
_Static_assert(sizeof(struct header) == BLOCK && sizeof(struct bucket) == BLOCK, "the check comes last");
_Static_assert(TABLE_MARK == crypto_shorthash_KEYBYTES, "the mark is a key for SipHash");
_Static_assert((uint64_t)BLOCK_BUCKETS_MAX * BLOCK_SLOTS >= 2 * (uint64_t)TABLE_ROOM_MAX, "the most room fits");

uint64_t block_hash(const struct table *table, const void *bytes, size_t n)
{
	uint64_t sum;
	_Static_assert(sizeof sum == crypto_shorthash_BYTES, "SipHash gives 64 bits");
	crypto_shorthash((unsigned char *)&sum, bytes, n, table->mark);
	return sum;
}

uint64_t block_check(const struct table *table, union table_block *block, uint64_t place)
{
	uint64_t *last = &block->words[BLOCK / sizeof *last - 1], kept = *last;
	*last = place;
	uint64_t check = block_hash(table, block->words, BLOCK);
	*last = kept;
	return check;
}

off_t block_offset(uint64_t bucket)
{
	return (off_t)(BLOCK * (1 + bucket));
}

enum table_state block_read_many(const struct table *table, union table_block *blocks, size_t n, off_t at)
{
	ssize_t got;
	if (table->file < 0)
		return TABLE_DAMAGED;
	if (table->window && (size_t)at + n * BLOCK <= table->window->length) {
		memcpy(blocks, table->window->bytes + at, n * BLOCK);
		return table->window->mended ? TABLE_DAMAGED : TABLE_FINE;
	}
	do
		got = pread(table->file, blocks, n * BLOCK, at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return TABLE_FAILED;
	return got == (ssize_t)(n * BLOCK) ? TABLE_FINE : TABLE_DAMAGED;
}

static enum table_state block_write(const struct table *table, const union table_block *block, off_t at)
{
	ssize_t written;
	if (table->window && (size_t)at + BLOCK <= table->window->length) {
		memcpy(table->window->bytes + at, block, BLOCK);
		return table->window->mended ? TABLE_DAMAGED : TABLE_FINE;
	}
	do
		written = pwrite(table->file, block, BLOCK, at);
	while (written < 0 && errno == EINTR);
	if (written >= 0 && written < BLOCK)
		errno = ENOSPC; /* what a second call would say */
	return written == BLOCK ? TABLE_FINE : TABLE_FAILED;
}

enum table_state block_header_write(const struct table *table)
{
	union table_block block = {.header = {.device = table->device, .inode = table->inode, .buckets = table->buckets,
		.entries = table->entries, .changes = table->changes, .salt = table->salt, .note = {table->note[0], table->note[1]}}};
	memcpy(block.header.magic, block_format, sizeof block_format);
	block.header.check = block_check(table, &block, 0);
	return block_write(table, &block, 0);
}

enum table_state block_header_read(struct table *table)
{
	union table_block block;
	const struct header *header = &block.header;
	enum table_state state = block_read_many(table, &block, 1, 0);
	if (state != TABLE_FINE)
		return state;
	if (memcmp(header->magic, block_format, sizeof block_format) != 0 || header->check != block_check(table, &block, 0) ||
	    header->device != (uint64_t)table->device || header->inode != (uint64_t)table->inode ||
	    header->buckets == 0 || header->buckets > BLOCK_BUCKETS_MAX || (header->buckets & (header->buckets - 1)) != 0)
		return TABLE_DAMAGED;
	table->buckets = header->buckets;
	table->entries = header->entries;
	table->changes = header->changes;
	table->salt = header->salt;
	memcpy(table->note, header->note, sizeof table->note);
	return TABLE_FINE;
}

uint64_t block_place(const struct table *table, uint64_t bucket)
{
	return table->salt + bucket;
}

enum table_state block_bucket_read(const struct table *table, uint64_t at, union table_block *block)
{
	if (table->made) {
		*block = table->made[at];
		return TABLE_FINE;
	}
	enum table_state state = block_read_many(table, block, 1, block_offset(at));
	if (state == TABLE_FINE && block->bucket.check != block_check(table, block, block_place(table, at)))
		state = TABLE_DAMAGED;
	return state;
}

enum table_state block_bucket_write(struct table *table, uint64_t at, union table_block *block)
{
	if (table->made) {
		table->made[at] = *block; /* it gets its check when it is published */
		return TABLE_FINE;
	}
	block->bucket.check = block_check(table, block, block_place(table, at));
	return block_write(table, block, block_offset(at));
}
