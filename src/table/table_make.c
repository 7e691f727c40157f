/*
 * Making tables: in memory, then written as PATH.new, the header last, and renamed. The disk's share is taken before the work.
 */
#include "table/table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "table/block.h"

enum { FILE_MODE = 0640, CHUNK = 64 };

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
	for (table->buckets = 1; table->buckets * BLOCK_SLOTS < 2 * room; )
		table->buckets *= 2;
	table->entries = 0;
	randombytes_buf(&table->salt, sizeof table->salt);
	unlink(name); /* not cut: it may be that somebody has it open still */
	table->file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (table->file < 0)
		return -1;
	if (fstat(table->file, &status) == 0 && file_reserve(table->file, block_offset(table->buckets)) == 0)
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
		table->made[i].bucket.check = block_check(table, &table->made[i], block_place(table, i));
	if (file_write(table->file, no_header, BLOCK) < 0 ||
	    file_write(table->file, (const char *)table->made, (size_t)table->buckets * BLOCK) < 0 ||
	    block_header_write(table) != TABLE_FINE || rename(name, path) < 0) {
		give_up(table, name);
		return -1;
	}
	free(table->made);
	table->made = NULL;
	return 0;
}

/* Who decides what a renewed table keeps. */
struct choice {
	bool (*wanted)(void *context, uint64_t key, uint64_t value);
	void *context;
};

static enum table_state bucket_copy(struct table *into, const struct bucket *bucket, const struct choice *choice)
{
	enum table_state state = TABLE_FINE;
	for (unsigned i = 0; i < BLOCK_SLOTS && bucket->slots[i].value != 0 && state == TABLE_FINE; i++)
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
		state = block_read_many(from, blocks, (size_t)n, block_offset(at));
		for (uint64_t i = 0; i < n && state == TABLE_FINE; i++)
			if (blocks[i].bucket.check == block_check(from, &blocks[i], block_place(from, at + i)))
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
	memcpy(fresh.note, table->note, sizeof fresh.note);
	if (table->file < 0 || table->made)
		return TABLE_DAMAGED;
	if (new_write(name, path) < 0 || table_make(&fresh, path, room) < 0)
		return TABLE_FAILED;
	enum table_state state = copy(&fresh, table, &(struct choice){wanted, context});
	if (state == TABLE_FINE)
		state = table_note(table, fresh.note); /* another table may have been written over it meanwhile */
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
