/*
 * A file of blocks of 256 bytes, in the byte order of the machine: a header, then the buckets, a power of two of them. A
 * bucket has 15 slots {key, value}, taken from the first on; a value of 0 is a free slot. An entry is in the bucket its
 * key's hash names or, where that was full, in the next that was not; each bucket that was passed over says so ("spilled"),
 * and a search ends at the first that does not.
 *
 * It is a cache: anybody may remove it, cut it or write over it, at any time. So the file is never mapped, a table is
 * written from memory and named only when it is whole, and each block ends in a check: SipHash, with the mark as its key,
 * over the block and its place, which is told from the same place in any other table by a random number, the salt.
 *
 *   what happened                          what notices it
 *   removed, another in its place          table_open: the name is that of another inode, or of none
 *   copied                                 table_open: the header says which device and inode it is of
 *   cut or made longer                     table_open: the size; else a read that ends early
 *   written over, zeroed, moved about      the check
 *   made with another mark, before a boot  the check, whose key the mark is
 *   a maker died                           PATH.new has no header yet, and is not the table's name
 *
 * A put counts its entry in the header first and writes it then, and marks a bucket as spilled before anything spills from
 * it: whoever dies in between leaves a count that is too high by one, and no entry that can't be found. Nothing is
 * flushed: what a crash of the machine leaves has the mark of another boot.
 */
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

enum { FILE_MODE = 0640, BLOCK = 256, SLOTS = 15, CHUNK = 64, BUCKETS_MAX = 1 << 21 };

/* Names the format: another is another magic. */
static const char magic[16] = {'s', 'e', 'e', 'o', 't', 'h', 'e', 'r', ' ', 't', 'a', 'b', 'l', 'e', ' ', '1'};

struct header {
	char magic[sizeof magic];
	uint64_t device, inode, buckets, entries, salt;
	uint64_t spare[24];
	uint64_t check;
};

struct bucket {
	struct { uint64_t key, value; } slots[SLOTS];
	uint64_t spilled;
	uint64_t check;
};

union table_block {
	struct header header;
	struct bucket bucket;
	uint64_t words[BLOCK / sizeof(uint64_t)]; /* the last is the check */
};

_Static_assert(sizeof(union table_block) == BLOCK, "a block is 256 bytes");
_Static_assert(sizeof(struct header) == BLOCK && sizeof(struct bucket) == BLOCK, "the check comes last");
_Static_assert(TABLE_MARK == crypto_shorthash_KEYBYTES, "the mark is a key for SipHash");
_Static_assert((uint64_t)BUCKETS_MAX * SLOTS >= 2 * (uint64_t)TABLE_ROOM_MAX, "the most room fits");

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
	free(table->made);
	table->file = -1;
	table->made = NULL;
	errno = reason;
}

static uint64_t hash(const struct table *table, const void *bytes, size_t n)
{
	uint64_t sum;
	_Static_assert(sizeof sum == crypto_shorthash_BYTES, "SipHash gives 64 bits");
	crypto_shorthash((unsigned char *)&sum, bytes, n, table->mark);
	return sum;
}

/* Gives the check of a block at a place, which stands in for the check itself meanwhile. */
static uint64_t check_of(const struct table *table, union table_block *block, uint64_t place)
{
	uint64_t *last = &block->words[BLOCK / sizeof *last - 1], kept = *last;
	*last = place;
	uint64_t check = hash(table, block->words, BLOCK);
	*last = kept;
	return check;
}

/* --- blocks of the file ---------------------------------------------------------------------------------------- */

static off_t offset_of(uint64_t bucket)
{
	return (off_t)(BLOCK * (1 + bucket));
}

static enum table_state blocks_read(const struct table *table, union table_block *blocks, size_t n, off_t at)
{
	ssize_t got;
	if (table->file < 0)
		return TABLE_DAMAGED;
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
	do
		written = pwrite(table->file, block, BLOCK, at);
	while (written < 0 && errno == EINTR);
	if (written >= 0 && written < BLOCK)
		errno = ENOSPC; /* what a second call would say */
	return written == BLOCK ? TABLE_FINE : TABLE_FAILED;
}

static enum table_state header_write(const struct table *table)
{
	union table_block block = {.header = {.device = table->device, .inode = table->inode, .buckets = table->buckets,
		.entries = table->entries, .salt = table->salt}};
	memcpy(block.header.magic, magic, sizeof magic);
	block.header.check = check_of(table, &block, 0);
	return block_write(table, &block, 0);
}

/* Reads the header into the table; TABLE_DAMAGED where it is not that of this file. */
static enum table_state header_read(struct table *table)
{
	union table_block block;
	const struct header *header = &block.header;
	enum table_state state = blocks_read(table, &block, 1, 0);
	if (state != TABLE_FINE)
		return state;
	if (memcmp(header->magic, magic, sizeof magic) != 0 || header->check != check_of(table, &block, 0) ||
	    header->device != (uint64_t)table->device || header->inode != (uint64_t)table->inode ||
	    header->buckets == 0 || header->buckets > BUCKETS_MAX || (header->buckets & (header->buckets - 1)) != 0)
		return TABLE_DAMAGED;
	table->buckets = header->buckets;
	table->entries = header->entries;
	table->salt = header->salt;
	return TABLE_FINE;
}

static uint64_t place_of(const struct table *table, uint64_t bucket)
{
	return table->salt + bucket;
}

static enum table_state bucket_read(const struct table *table, uint64_t at, union table_block *block)
{
	if (table->made) {
		*block = table->made[at];
		return TABLE_FINE;
	}
	enum table_state state = blocks_read(table, block, 1, offset_of(at));
	if (state == TABLE_FINE && block->bucket.check != check_of(table, block, place_of(table, at)))
		state = TABLE_DAMAGED;
	return state;
}

static enum table_state bucket_write(struct table *table, uint64_t at, union table_block *block)
{
	if (table->made) {
		table->made[at] = *block; /* it gets its check when it is published */
		return TABLE_FINE;
	}
	block->bucket.check = check_of(table, block, place_of(table, at));
	return block_write(table, block, offset_of(at));
}

/* --- opening and making ---------------------------------------------------------------------------------------- */

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

enum table_state table_open(struct table *table, const char *path)
{
	struct stat status;
	enum table_state state = TABLE_FINE;
	if (table->file < 0 || stat(path, &status) < 0 || status.st_dev != table->device ||
	    status.st_ino != table->inode)
		state = open_named(table, path, &status);
	if (state == TABLE_FINE)
		state = header_read(table);
	if (state == TABLE_DAMAGED || (state == TABLE_FINE && status.st_size != offset_of(table->buckets)))
		state = TABLE_NONE;
	if (state != TABLE_FINE)
		table_end(table);
	return state;
}

static int new_write(char name[PATH_MAX], const char *path)
{
	if ((size_t)snprintf(name, PATH_MAX, "%s.new", path) < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static void give_up(struct table *table, const char *name)
{
	int reason = errno;
	table_end(table);
	unlink(name);
	errno = reason;
}

/* Takes the disk's share, so that a full disk is known before the work; where that can't be done, the writes tell. */
static int reserve(const struct table *table)
{
	int reason;
	do
		reason = posix_fallocate(table->file, 0, offset_of(table->buckets));
	while (reason == EINTR);
	if (reason == 0 || reason == EOPNOTSUPP || reason == EINVAL)
		return 0;
	errno = reason;
	return -1;
}

int table_make(struct table *table, const char *path, uint64_t room)
{
	char name[PATH_MAX];
	struct stat status;
	table_end(table);
	if (room > TABLE_ROOM_MAX) {
		errno = ERANGE;
		return -1;
	}
	if (new_write(name, path) < 0)
		return -1;
	for (table->buckets = 1; table->buckets * SLOTS < 2 * room; )
		table->buckets *= 2;
	table->entries = 0;
	randombytes_buf(&table->salt, sizeof table->salt);
	unlink(name); /* not cut: it may be that somebody has it open still */
	table->file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (table->file < 0)
		return -1;
	if (fstat(table->file, &status) == 0 && reserve(table) == 0)
		table->made = calloc((size_t)table->buckets, BLOCK);
	if (!table->made) {
		give_up(table, name);
		return -1;
	}
	table->device = status.st_dev;
	table->inode = status.st_ino;
	return 0;
}

int table_publish(struct table *table, const char *path)
{
	static const char no_header[BLOCK];
	char name[PATH_MAX];
	if (!table->made) {
		errno = EINVAL;
		return -1;
	}
	if (new_write(name, path) < 0)
		return -1;
	for (uint64_t i = 0; i < table->buckets; i++)
		table->made[i].bucket.check = check_of(table, &table->made[i], place_of(table, i));
	if (file_write(table->file, no_header, BLOCK) < 0 ||
	    file_write(table->file, (const char *)table->made, (size_t)table->buckets * BLOCK) < 0 ||
	    header_write(table) != TABLE_FINE || rename(name, path) < 0) {
		give_up(table, name);
		return -1;
	}
	free(table->made);
	table->made = NULL;
	return 0;
}

/* --- entries --------------------------------------------------------------------------------------------------- */

static uint64_t home_of(const struct table *table, uint64_t key)
{
	return hash(table, &key, sizeof key) & (table->buckets - 1);
}

/* Gives the first slot from one on with the key in it, or SLOTS. */
static unsigned slot_of(const struct bucket *bucket, unsigned from, uint64_t key)
{
	while (from < SLOTS && (bucket->slots[from].value == 0 || bucket->slots[from].key != key))
		from++;
	return from;
}

static unsigned free_slot(const struct bucket *bucket)
{
	unsigned slot = 0;
	while (slot < SLOTS && bucket->slots[slot].value != 0)
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
		enum table_state state = bucket_read(table, *at, block);
		if (state != TABLE_FINE)
			return state;
		*slot = slot_of(&block->bucket, walk->slot, key);
		if (*slot < SLOTS) {
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
		enum table_state state = bucket_read(table, *at, block);
		if (state == TABLE_FINE && (*slot = free_slot(&block->bucket)) < SLOTS)
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

/* Reads how many entries there are by now, others having put theirs. */
static enum table_state count_read(struct table *table)
{
	return table->made ? TABLE_FINE : header_read(table);
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
	if (state == TABLE_FINE && table->entries >= table->buckets * SLOTS * 3 / 4)
		state = TABLE_FULL;
	if (state == TABLE_FINE)
		state = room_find(table, key, &block, &at, &slot);
	if (state != TABLE_FINE)
		return state;
	table->entries++;
	if (!table->made && (state = header_write(table)) != TABLE_FINE)
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
	if (table->file < 0)
		return TABLE_DAMAGED;
	uint64_t at = home_of(table, key);
	enum table_state state = bucket_read(table, at, &block);
	if (state != TABLE_FINE)
		return state;
	unsigned slot = slot_of(&block.bucket, 0, key);
	if (slot == SLOTS) {
		slot = 0;
		for (unsigned i = 1; i < SLOTS; i++) /* a free slot has the smallest */
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
	enum table_state state;
	if (fresh == 0)
		return refuse_zero();
	do
		state = walk_on(table, key, &walk, &block, &at, &slot);
	while (state == TABLE_FINE && block.bucket.slots[slot].value != old);
	if (state != TABLE_FINE)
		return state;
	block.bucket.slots[slot].value = fresh;
	return bucket_write(table, at, &block);
}

/* --- renewing -------------------------------------------------------------------------------------------------- */

/* Who decides what a renewed table keeps. */
struct choice {
	bool (*wanted)(void *context, uint64_t key, uint64_t value);
	void *context;
};

static enum table_state bucket_copy(struct table *into, const struct bucket *bucket, const struct choice *choice)
{
	enum table_state state = TABLE_FINE;
	for (unsigned i = 0; i < SLOTS && bucket->slots[i].value != 0 && state == TABLE_FINE; i++)
		if (choice->wanted(choice->context, bucket->slots[i].key, bucket->slots[i].value))
			state = table_put(into, bucket->slots[i].key, bucket->slots[i].value);
	return state;
}

static enum table_state copy(struct table *into, const struct table *from, const struct choice *choice)
{
	union table_block blocks[CHUNK];
	uint64_t n = from->buckets < CHUNK ? from->buckets : CHUNK; /* divides them: both are powers of two */
	enum table_state state = TABLE_FINE;
	for (uint64_t at = 0; at < from->buckets && state == TABLE_FINE; at += n) {
		state = blocks_read(from, blocks, (size_t)n, offset_of(at));
		for (uint64_t i = 0; i < n && state == TABLE_FINE; i++)
			if (blocks[i].bucket.check == check_of(from, &blocks[i], place_of(from, at + i)))
				state = bucket_copy(into, &blocks[i].bucket, choice);
			else
				state = TABLE_DAMAGED;
	}
	return state;
}

enum table_state table_renew(struct table *table, const char *path, uint64_t room,
	bool (*wanted)(void *context, uint64_t key, uint64_t value), void *context)
{
	char name[PATH_MAX];
	struct table fresh;
	table_begin(&fresh, table->mark);
	if (table->file < 0 || table->made)
		return TABLE_DAMAGED;
	if (new_write(name, path) < 0 || table_make(&fresh, path, room) < 0)
		return TABLE_FAILED;
	enum table_state state = copy(&fresh, table, &(struct choice){wanted, context});
	if (state != TABLE_FINE) {
		give_up(&fresh, name);
		return state;
	}
	if (table_publish(&fresh, path) < 0)
		return TABLE_FAILED;
	table_end(table);
	*table = fresh;
	return TABLE_FINE;
}

/* --- marks ----------------------------------------------------------------------------------------------------- */

int table_mark_of_boot(unsigned char mark[TABLE_MARK])
{
	char text[64];
	int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	ssize_t n = read(file, text, sizeof text);
	int reason = n == 0 ? EIO : errno;
	close(file);
	errno = reason;
	if (n <= 0)
		return -1;
	return crypto_generichash(mark, TABLE_MARK, (const unsigned char *)text, (size_t)n, (const unsigned char *)magic,
		sizeof magic);
}
