/*
 * The file consists of blocks of 256 bytes in the machine's byte order: a header, then the buckets, whose number is a power of two.
 * A bucket has 15 slots {key, value}, used from the first on; a slot whose value is 0 is free. An entry is in the bucket that its
 * key's hash names or, if that one was full, in the next that was not. Each full bucket that was passed over is marked as spilled,
 * and a search ends at the first bucket without that mark.
 *
 * The table is a cache: anybody may remove it, cut it or overwrite it at any time. So it is read through a mapping that survives
 * cuts (mapping.c), a new table is written from memory and gets its name only when it is whole, and each block ends in a check.
 * The check is keyed with the table's mark and covers the block's place, to which a random number, the salt, is added, so that no two
 * tables share a place.
 *
 *   what happened                       how it is noticed
 *   removed, or replaced by another     table_open: the name leads to another inode, or to none
 *   copied                              table_open: the header names the device and inode it was written to
 *   cut or extended                     table_open: the size; later, a read that ends early
 *   overwritten, zeroed, blocks moved   the check
 *   made with another mark, or before   the check, since the mark is its key
 *   the machine was started again
 *   a process died making it            PATH.new has no header, and is not the table's name
 *
 * Before an entry is written, the header counts it, and a bucket is marked as spilled before anything spills from it. So a process
 * that dies in between leaves a count that is too high by one, but no entry that cannot be found; one that dies while it writes a
 * block leaves a wrong check. Nothing is flushed to the disk: after a crash of the machine the mark is another one.
 */
#include "table/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUCKETS_MAX = 1 << 21, HEADER = 0 /* the number of its block, and its place */ };

struct header {
	char magic[16];
	uint64_t device, inode, buckets, entries, changes, salt, note[2];
	uint64_t spare[21];
	uint64_t check;
};

union header_block {
	struct header header;
	uint64_t words[BLOCK_WORDS];
};

static const char magic[] = TABLE_FORMAT;

_Static_assert(sizeof magic - 1 == sizeof(((struct header *)0)->magic), "the magic fits, without its NUL");
_Static_assert(sizeof(union table_block) == BLOCK_SIZE && sizeof(struct table_bucket) == BLOCK_SIZE, "the check of a bucket comes last");
_Static_assert(sizeof(union header_block) == BLOCK_SIZE && sizeof(struct header) == BLOCK_SIZE, "the check of the header comes last");
_Static_assert((uint64_t)BUCKETS_MAX *TABLE_SLOTS >= 2 * (uint64_t)TABLE_ROOM_MAX, "the most room fits");

void table_begin(struct table *table, const unsigned char mark[BLOCK_KEY])
{
	*table = (struct table){.blocks.file = -1};
	memcpy(table->blocks.key, mark, BLOCK_KEY);
}

void table_end(struct table *table)
{
	int reason = errno;
	if (table->blocks.file >= 0)
		close(table->blocks.file); /* an error loses nothing: it is a cache */
	if (table->blocks.mapping)
		mapping_close(table->blocks.mapping);
	free(table->blocks.mapping);
	free(table->made);
	table->blocks.mapping = NULL;
	table->blocks.file = -1;
	table->made = NULL;
	errno = reason;
}

static enum table_state state_of(int failed)
{
	if (failed)
		return errno == EBADMSG ? TABLE_DAMAGED : TABLE_FAILED;
	return TABLE_FINE;
}

static off_t file_size(const struct table *table)
{
	return block_offset(1 + table->buckets);
}

enum table_state table_header_write(const struct table *table)
{
	union header_block block = {.header = {.device = table->device,
					    .inode = table->inode,
					    .buckets = table->buckets,
					    .entries = table->entries,
					    .changes = table->changes,
					    .salt = table->salt,
					    .note = {table->note[0], table->note[1]}}};
	memcpy(block.header.magic, magic, sizeof block.header.magic);
	return state_of(block_write(&table->blocks, block.words, HEADER, HEADER));
}

/* Returns TABLE_DAMAGED if the header is not that of this very file. */
static enum table_state header_read(struct table *table)
{
	union header_block block;
	const struct header *header = &block.header;
	enum table_state state = state_of(block_read(&table->blocks, block.words, HEADER, HEADER));
	if (state != TABLE_FINE)
		return state;
	if (memcmp(header->magic, magic, sizeof header->magic) != 0 || header->device != (uint64_t)table->device ||
		header->inode != (uint64_t)table->inode || header->buckets == 0 || header->buckets > BUCKETS_MAX ||
		(header->buckets & (header->buckets - 1)) != 0)
		return TABLE_DAMAGED;
	table->buckets = header->buckets;
	table->entries = header->entries;
	table->changes = header->changes;
	table->salt = header->salt;
	memcpy(table->note, header->note, sizeof table->note);
	return TABLE_FINE;
}

uint64_t table_bucket_place(const struct table *table, uint64_t bucket)
{
	return table->salt + bucket;
}

static enum table_state bucket_read(const struct table *table, uint64_t at, union table_block *block)
{
	if (!table->made)
		return state_of(block_read(&table->blocks, block->words, 1 + at, table_bucket_place(table, at)));
	*block = table->made[at];
	return TABLE_FINE;
}

static enum table_state bucket_write(struct table *table, uint64_t at, union table_block *block)
{
	if (!table->made)
		return state_of(block_write(&table->blocks, block->words, 1 + at, table_bucket_place(table, at)));
	table->made[at] = *block; /* its check is set when the table is published */
	return TABLE_FINE;
}

static enum table_state open_named(struct table *table, const char *path, struct stat *status)
{
	table_end(table);
	table->blocks.file = open(path, O_RDWR | O_CLOEXEC);
	if (table->blocks.file < 0 && errno == ENOENT)
		return TABLE_NONE;
	if (table->blocks.file < 0 || fstat(table->blocks.file, status) < 0)
		return TABLE_FAILED;
	table->device = status->st_dev;
	table->inode = status->st_ino;
	return S_ISREG(status->st_mode) ? TABLE_FINE : TABLE_NONE;
}

/* If the file cannot be mapped, it is read and written by calls, which is only slower. */
static void map_file(struct table *table)
{
	table->blocks.mapping = calloc(1, sizeof *table->blocks.mapping);
	if (table->blocks.mapping && mapping_open(table->blocks.mapping, table->blocks.file, (size_t)file_size(table)) < 0) {
		free(table->blocks.mapping);
		table->blocks.mapping = NULL;
	}
}

enum table_state table_open(struct table *table, const char *path)
{
	struct stat status;
	enum table_state state = TABLE_FINE;
	if (table->blocks.file < 0 || stat(path, &status) < 0 || status.st_dev != table->device || status.st_ino != table->inode)
		state = open_named(table, path, &status);
	if (state == TABLE_FINE)
		state = header_read(table);
	if (state == TABLE_DAMAGED || (state == TABLE_FINE && status.st_size != file_size(table)))
		state = TABLE_NONE;
	if (state != TABLE_FINE)
		table_end(table);
	else if (!table->blocks.mapping)
		map_file(table);
	return state;
}

static uint64_t home_bucket(const struct table *table, uint64_t key)
{
	return block_hash(&table->blocks, &key, sizeof key) & (table->buckets - 1);
}

/* Returns the next slot, from one on, that holds the key, or TABLE_SLOTS. */
static unsigned find_slot(const struct table_bucket *bucket, unsigned from, uint64_t key)
{
	while (from < TABLE_SLOTS && (bucket->slots[from].value == 0 || bucket->slots[from].key != key))
		from++;
	return from;
}

static unsigned free_slot(const struct table_bucket *bucket)
{
	unsigned slot = 0;
	while (slot < TABLE_SLOTS && bucket->slots[slot].value != 0)
		slot++;
	return slot;
}

/* Moves the walk to the next slot that holds the key; sets the slot and reads its bucket. */
static enum table_state walk_next(
	const struct table *table, uint64_t key, struct table_walk *walk, union table_block *block, uint64_t *at, unsigned *slot)
{
	if (table->blocks.file < 0)
		return TABLE_DAMAGED;
	for (uint64_t home = home_bucket(table, key); walk->passed < table->buckets; walk->passed++, walk->slot = 0) {
		*at = (home + walk->passed) & (table->buckets - 1);
		enum table_state state = bucket_read(table, *at, block);
		if (state != TABLE_FINE)
			return state;
		*slot = find_slot(&block->bucket, walk->slot, key);
		if (*slot < TABLE_SLOTS) {
			walk->slot = *slot + 1;
			return TABLE_FINE;
		}
		if (!block->bucket.spilled)
			break;
	}
	return TABLE_NONE;
}

enum table_state table_find(struct table *table, uint64_t key, struct table_walk *walk, uint64_t *value)
{
	union table_block block;
	uint64_t at;
	unsigned slot;
	enum table_state state = walk_next(table, key, walk, &block, &at, &slot);
	if (state == TABLE_FINE)
		*value = block.bucket.slots[slot].value;
	return state;
}

/* Finds the first bucket with a free slot for the key, and marks each full one before it as spilled. */
static enum table_state find_room(struct table *table, uint64_t key, union table_block *block, uint64_t *at, unsigned *slot)
{
	uint64_t home = home_bucket(table, key);
	for (uint64_t passed = 0; passed < table->buckets; passed++) {
		*at = (home + passed) & (table->buckets - 1);
		enum table_state state = bucket_read(table, *at, block);
		if (state == TABLE_FINE && (*slot = free_slot(&block->bucket)) < TABLE_SLOTS)
			return TABLE_FINE;
		if (state == TABLE_FINE && !block->bucket.spilled) {
			block->bucket.spilled = 1;
			state = bucket_write(table, *at, block);
		}
		if (state != TABLE_FINE)
			return state;
	}
	return TABLE_FULL;
}

/*
 * Reads the numbers of entries and changes. If the note differs, an older table has been written over this one; this is noticed once,
 * since the older note is then the one that is known.
 */
static enum table_state read_counts(struct table *table)
{
	uint64_t note[2];
	memcpy(note, table->note, sizeof note);
	enum table_state state = table->made ? TABLE_FINE : header_read(table);
	return state == TABLE_FINE && memcmp(note, table->note, sizeof note) != 0 ? TABLE_DAMAGED : state;
}

/* Counts a change before it is made. */
static enum table_state count_change(struct table *table)
{
	table->changes++;
	return table->made ? TABLE_FINE : table_header_write(table);
}

enum table_state table_note(struct table *table, const uint64_t note[2])
{
	uint64_t changes = table->changes; /* another number of changes is a sign of an older table too */
	enum table_state state = read_counts(table);
	if (state == TABLE_FINE && table->changes != changes)
		state = TABLE_DAMAGED;
	if (state != TABLE_FINE)
		return state;
	memcpy(table->note, note, sizeof table->note);
	return table->made ? TABLE_FINE : table_header_write(table);
}

static enum table_state refuse_zero(void)
{
	errno = EINVAL;
	return TABLE_FAILED;
}

enum table_state table_put(struct table *table, uint64_t key, uint64_t value)
{
	union table_block block;
	uint64_t at;
	unsigned slot;
	if (value == 0)
		return refuse_zero();
	enum table_state state = read_counts(table);
	if (state == TABLE_FINE && table->entries >= table->buckets * TABLE_SLOTS * 3 / 4)
		state = TABLE_FULL;
	if (state == TABLE_FINE)
		state = find_room(table, key, &block, &at, &slot);
	if (state != TABLE_FINE)
		return state;
	table->entries++;
	if ((state = count_change(table)) != TABLE_FINE)
		return state;
	block.bucket.slots[slot].key = key;
	block.bucket.slots[slot].value = value;
	return bucket_write(table, at, &block);
}

enum table_state table_put_bounded(struct table *table, uint64_t key, uint64_t value)
{
	union table_block block;
	if (value == 0)
		return refuse_zero();
	if (table->blocks.file < 0)
		return TABLE_DAMAGED;
	uint64_t at = home_bucket(table, key);
	enum table_state state = bucket_read(table, at, &block);
	if (state != TABLE_FINE)
		return state;
	unsigned slot = find_slot(&block.bucket, 0, key);
	if (slot == TABLE_SLOTS) {
		slot = 0;
		for (unsigned i = 1; i < TABLE_SLOTS; i++) /* 0, a free slot, is the smallest */
			if (block.bucket.slots[i].value < block.bucket.slots[slot].value)
				slot = i;
	}
	block.bucket.slots[slot].key = key;
	block.bucket.slots[slot].value = value;
	return bucket_write(table, at, &block);
}

enum table_state table_replace(struct table *table, uint64_t key, uint64_t old, uint64_t fresh)
{
	struct table_walk walk = {0};
	union table_block block;
	uint64_t at;
	unsigned slot;
	if (fresh == 0)
		return refuse_zero();
	enum table_state state = read_counts(table);
	while (state == TABLE_FINE && (state = walk_next(table, key, &walk, &block, &at, &slot)) == TABLE_FINE)
		if (block.bucket.slots[slot].value == old)
			break;
	if (state != TABLE_FINE || (state = count_change(table)) != TABLE_FINE)
		return state;
	block.bucket.slots[slot].value = fresh;
	return bucket_write(table, at, &block);
}
