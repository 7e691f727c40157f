/*
 * A file of blocks of 256 bytes, in the byte order of the machine: a header, then the buckets, a power of two of them. A
 * bucket has 15 slots {key, value}, taken from the first on; a value of 0 is a free slot. An entry is in the bucket its
 * key's hash names or, where that was full, in the next that was not; each bucket that was passed over says so ("spilled"),
 * and a search ends at the first that does not.
 *
 * It is a cache: anybody may remove it, cut it or write over it, at any time. So it is mapped through a window that mends what was
 * cut (window.c), a table is written from memory and named only when it is whole, and each block ends in a check: SipHash, with the
 * mark as its key, over the block and its place, which is told from the same place in any other table by a random number, the salt.
 *
 *   what happened                          what notices it
 *   removed, another in its place          table_open: the name is that of another inode, or of none
 *   copied                                 table_open: the header says which device and inode it is of
 *   cut or made longer                     table_open: the size; else a read that ends early
 *   written over, zeroed, moved about      the check
 *   made with another mark, before a boot  the check, whose key the mark is
 *   a maker died                           PATH.new has no header yet, and is not the table's name
 *
 * A put counts its entry in the header first and writes it then, as a replacement counts itself, and marks a bucket as spilled before
 * anything spills from it: whoever dies in between leaves a count that is too high by one, and no entry that can't be found; in the
 * middle of a block, one whose check is wrong. Nothing is flushed: what a crash of the machine leaves has the mark of another boot.
 */
#include "table/table.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "table/block.h"

void table_begin(struct table *table, const unsigned char mark[TABLE_MARK])
{
	*table = (struct table){.file = -1};
	memcpy(table->mark, mark, TABLE_MARK);
}

void table_end(struct table *table)
{
	int reason = errno;
	if (table->file >= 0)
		close(table->file); /* nothing rests on it: it is a cache */
	if (table->window)
		window_close(table->window);
	free(table->window);
	free(table->made);
	table->window = NULL;
	table->file = -1;
	table->made = NULL;
	errno = reason;
}

static enum table_state open_named(struct table *table, const char *path, struct stat *status)
{
	table_end(table);
	table->file = open(path, O_RDWR | O_CLOEXEC);
	if (table->file < 0 && errno == ENOENT)
		return TABLE_NONE;
	if (table->file < 0 || fstat(table->file, status) < 0)
		return TABLE_FAILED;
	table->device = status->st_dev;
	table->inode = status->st_ino;
	return S_ISREG(status->st_mode) ? TABLE_FINE : TABLE_NONE;
}

/* Where there can be no window the calls do as well, only slower. */
static void open_window(struct table *table)
{
	table->window = calloc(1, sizeof *table->window);
	if (table->window && window_open(table->window, table->file, (size_t)block_offset(table->buckets)) < 0) {
		free(table->window);
		table->window = NULL;
	}
}

enum table_state table_open(struct table *table, const char *path)
{
	struct stat status;
	enum table_state state = TABLE_FINE;
	if (table->file < 0 || stat(path, &status) < 0 || status.st_dev != table->device ||
	    status.st_ino != table->inode)
		state = open_named(table, path, &status);
	if (state == TABLE_FINE)
		state = block_header_read(table);
	if (state == TABLE_DAMAGED || (state == TABLE_FINE && status.st_size != block_offset(table->buckets)))
		state = TABLE_NONE;
	if (state != TABLE_FINE)
		table_end(table);
	else if (!table->window)
		open_window(table);
	return state;
}

static uint64_t home_of(const struct table *table, uint64_t key)
{
	return block_hash(table, &key, sizeof key) & (table->buckets - 1);
}

/* Gives the first slot from one on with the key in it, or BLOCK_SLOTS. */
static unsigned slot_of(const struct bucket *bucket, unsigned from, uint64_t key)
{
	while (from < BLOCK_SLOTS && (bucket->slots[from].value == 0 || bucket->slots[from].key != key))
		from++;
	return from;
}

static unsigned free_slot(const struct bucket *bucket)
{
	unsigned slot = 0;
	while (slot < BLOCK_SLOTS && bucket->slots[slot].value != 0)
		slot++;
	return slot;
}

/* Goes on to the next slot with the key in it and gives it, with its bucket. */
static enum table_state walk_on(const struct table *table, uint64_t key, struct table_walk *walk, union table_block *block,
	uint64_t *at, unsigned *slot)
{
	if (table->file < 0)
		return TABLE_DAMAGED;
	for (uint64_t home = home_of(table, key); walk->passed < table->buckets; walk->passed++, walk->slot = 0) {
		*at = (home + walk->passed) & (table->buckets - 1);
		enum table_state state = block_bucket_read(table, *at, block);
		if (state != TABLE_FINE)
			return state;
		*slot = slot_of(&block->bucket, walk->slot, key);
		if (*slot < BLOCK_SLOTS) {
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
	enum table_state state = walk_on(table, key, walk, &block, &at, &slot);
	if (state == TABLE_FINE)
		*value = block.bucket.slots[slot].value;
	return state;
}

/* Gives the bucket that has a free slot for the key, each before it marked as spilled. */
static enum table_state room_find(struct table *table, uint64_t key, union table_block *block, uint64_t *at, unsigned *slot)
{
	uint64_t home = home_of(table, key);
	for (uint64_t passed = 0; passed < table->buckets; passed++) {
		*at = (home + passed) & (table->buckets - 1);
		enum table_state state = block_bucket_read(table, *at, block);
		if (state == TABLE_FINE && (*slot = free_slot(&block->bucket)) < BLOCK_SLOTS)
			return TABLE_FINE;
		if (state == TABLE_FINE && !block->bucket.spilled) {
			block->bucket.spilled = 1;
			state = block_bucket_write(table, *at, block);
		}
		if (state != TABLE_FINE)
			return state;
	}
	return TABLE_FULL;
}

/*
 * Reads how many entries and changes there are by now. Another note is that of an older table, which was written over this one
 * meanwhile; that is noticed once.
 */
static enum table_state count_read(struct table *table)
{
	uint64_t note[2];
	memcpy(note, table->note, sizeof note);
	enum table_state state = table->made ? TABLE_FINE : block_header_read(table);
	return state == TABLE_FINE && memcmp(note, table->note, sizeof note) != 0 ? TABLE_DAMAGED : state;
}

/* Counts a change, before it is made. */
static enum table_state change_count(struct table *table)
{
	table->changes++;
	return table->made ? TABLE_FINE : block_header_write(table);
}

enum table_state table_note(struct table *table, const uint64_t note[2])
{
	uint64_t changes = table->changes; /* so is another number of changes */
	enum table_state state = count_read(table);
	if (state == TABLE_FINE && table->changes != changes)
		state = TABLE_DAMAGED;
	if (state != TABLE_FINE)
		return state;
	memcpy(table->note, note, sizeof table->note);
	return table->made ? TABLE_FINE : block_header_write(table);
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
	enum table_state state = count_read(table);
	if (state == TABLE_FINE && table->entries >= table->buckets * BLOCK_SLOTS * 3 / 4)
		state = TABLE_FULL;
	if (state == TABLE_FINE)
		state = room_find(table, key, &block, &at, &slot);
	if (state != TABLE_FINE)
		return state;
	table->entries++;
	if ((state = change_count(table)) != TABLE_FINE)
		return state;
	block.bucket.slots[slot].key = key;
	block.bucket.slots[slot].value = value;
	return block_bucket_write(table, at, &block);
}

enum table_state table_put_bounded(struct table *table, uint64_t key, uint64_t value)
{
	union table_block block;
	if (value == 0)
		return refuse_zero();
	if (table->file < 0)
		return TABLE_DAMAGED;
	uint64_t at = home_of(table, key);
	enum table_state state = block_bucket_read(table, at, &block);
	if (state != TABLE_FINE)
		return state;
	unsigned slot = slot_of(&block.bucket, 0, key);
	if (slot == BLOCK_SLOTS) {
		slot = 0;
		for (unsigned i = 1; i < BLOCK_SLOTS; i++) /* a free slot has the smallest */
			if (block.bucket.slots[i].value < block.bucket.slots[slot].value)
				slot = i;
	}
	block.bucket.slots[slot].key = key;
	block.bucket.slots[slot].value = value;
	return block_bucket_write(table, at, &block);
}

enum table_state table_replace(struct table *table, uint64_t key, uint64_t old, uint64_t fresh)
{
	struct table_walk walk = {0};
	union table_block block;
	uint64_t at;
	unsigned slot;
	if (fresh == 0)
		return refuse_zero();
	enum table_state state = count_read(table);
	while (state == TABLE_FINE && (state = walk_on(table, key, &walk, &block, &at, &slot)) == TABLE_FINE)
		if (block.bucket.slots[slot].value == old)
			break;
	if (state != TABLE_FINE || (state = change_count(table)) != TABLE_FINE)
		return state;
	block.bucket.slots[slot].value = fresh;
	return block_bucket_write(table, at, &block);
}

static char boot[64]; /* which one this is, once it was asked for */
static ssize_t boot_length;

int table_know_boot(void)
{
	if (boot_length > 0)
		return 0;
	int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	boot_length = read(file, boot, sizeof boot);
	if (boot_length == 0)
		errno = EIO;
	file_close(file);
	return boot_length > 0 ? 0 : -1;
}

int table_mark_of_boot(unsigned char mark[TABLE_MARK], const char *owner)
{
	if (table_know_boot() < 0)
		return -1;
	crypto_generichash_state state;
	crypto_generichash_init(&state, (const unsigned char *)block_format, sizeof block_format, TABLE_MARK);
	crypto_generichash_update(&state, (const unsigned char *)boot, (size_t)boot_length);
	crypto_generichash_update(&state, (const unsigned char *)owner, strlen(owner));
	return crypto_generichash_final(&state, mark, TABLE_MARK);
}
