/* A table is made in memory, written as PATH.new with the header last, and renamed. Its disk space is taken before the work. */
#include "table/table_make.h"

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

enum { FILE_MODE = 0640, CHUNK = 64 /* buckets copied at once */ };

static int write_new_name(char name[PATH_MAX], const char *path)
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
	if (write_new_name(name, path) < 0)
		return -1;
	for (table->buckets = 1; table->buckets * TABLE_SLOTS < 2 * room;)
		table->buckets *= 2;
	table->entries = 0;
	randombytes_buf(&table->salt, sizeof table->salt);
	unlink(name); /* rather than truncate it: another process may have it open */
	table->blocks.file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (table->blocks.file < 0)
		return -1;
	if (fstat(table->blocks.file, &status) == 0 && file_reserve(table->blocks.file, block_offset(1 + table->buckets)) == 0)
		table->made = calloc((size_t)table->buckets, BLOCK_SIZE);
	if (!table->made) {
		give_up(table, name);
		return -1;
	}
	table->device = status.st_dev;
	table->inode = status.st_ino;
	return 0;
}

int table_make_publish(struct table *table, const char *path)
{
	static const char no_header[BLOCK_SIZE];
	char name[PATH_MAX];
	if (!table->made) {
		errno = EINVAL;
		return -1;
	}
	if (write_new_name(name, path) < 0)
		return -1;
	for (uint64_t i = 0; i < table->buckets; i++)
		table->made[i].bucket.check = block_check(&table->blocks, table->made[i].words, table_bucket_place(table, i));
	if (file_write(table->blocks.file, no_header, BLOCK_SIZE) < 0 ||
		file_write(table->blocks.file, (const char *)table->made, (size_t)table->buckets * BLOCK_SIZE) < 0 ||
		table_header_write(table) != TABLE_FINE || rename(name, path) < 0) {
		give_up(table, name);
		return -1;
	}
	free(table->made);
	table->made = NULL;
	return 0;
}

/* Decides what a renewed table keeps. */
struct choice {
	bool (*wanted)(void *context, uint64_t key, uint64_t value);
	void *context;
};

static enum table_state copy_bucket(struct table *into, const struct table_bucket *bucket, const struct choice *choice)
{
	enum table_state state = TABLE_FINE;
	for (unsigned i = 0; i < TABLE_SLOTS && bucket->slots[i].value != 0 && state == TABLE_FINE; i++)
		if (choice->wanted(choice->context, bucket->slots[i].key, bucket->slots[i].value))
			state = table_put(into, bucket->slots[i].key, bucket->slots[i].value);
	return state;
}

static enum table_state copy_table(struct table *into, const struct table *from, const struct choice *choice)
{
	union table_block blocks[CHUNK];
	uint64_t n = from->buckets < CHUNK ? from->buckets : CHUNK; /* divides their number: both are powers of two */
	enum table_state state = TABLE_FINE;
	for (uint64_t at = 0; at < from->buckets && state == TABLE_FINE; at += n) {
		if (block_read_many(&from->blocks, blocks, (size_t)n, 1 + at) < 0)
			state = errno == EBADMSG ? TABLE_DAMAGED : TABLE_FAILED;
		for (uint64_t i = 0; i < n && state == TABLE_FINE; i++)
			if (blocks[i].bucket.check == block_check(&from->blocks, blocks[i].words, table_bucket_place(from, at + i)))
				state = copy_bucket(into, &blocks[i].bucket, choice);
			else
				state = TABLE_DAMAGED;
	}
	return state;
}

enum table_state table_make_renew(
	struct table *table, const char *path, uint64_t room, bool (*wanted)(void *context, uint64_t key, uint64_t value), void *context)
{
	char name[PATH_MAX];
	struct table fresh;
	table_begin(&fresh, table->blocks.key);
	memcpy(fresh.note, table->note, sizeof fresh.note);
	if (table->blocks.file < 0 || table->made)
		return TABLE_DAMAGED;
	if (write_new_name(name, path) < 0 || table_make(&fresh, path, room) < 0)
		return TABLE_FAILED;
	enum table_state state = copy_table(&fresh, table, &(struct choice){wanted, context});
	if (state == TABLE_FINE)
		state = table_note(table, fresh.note); /* fails if another table was written over it meanwhile */
	if (state != TABLE_FINE) {
		give_up(&fresh, name);
		return state;
	}
	if (table_make_publish(&fresh, path) < 0)
		return TABLE_FAILED;
	table_end(table);
	*table = fresh;
	return TABLE_FINE;
}
