/*
 * The format of cdb: 256 pairs of place and number of slots, then records of two lengths, key and value, then the tables of slots, each
 * a hash and the place of a record; all numbers have 32 bits, the lowest byte first.
 */
#include "keep/map_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PAIR = 8, TABLES = 256, VALUE_MAX = 64 * 1024, CHUNK = 256 };

static int read_at(int file, void *bytes, size_t n, off_t at)
{
	ssize_t got;
	do
		got = pread(file, bytes, n, at);
	while (got < 0 && errno == EINTR);
	if (got == (ssize_t)n)
		return 0;
	if (got >= 0)
		errno = EILSEQ;
	return -1;
}

static uint32_t read_number(const unsigned char *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static int read_pair(int file, off_t at, uint32_t *first, uint32_t *second)
{
	unsigned char pair[PAIR];
	if (read_at(file, pair, sizeof pair, at) < 0)
		return -1;
	*first = read_number(pair);
	*second = read_number(pair + 4);
	return 0;
}

int map_file_begin(struct map_file *search, int file, struct span key)
{
	*search = (struct map_file){.file = file, .key = key, .hash = 5381};
	for (size_t i = 0; i < key.length; i++)
		search->hash = (search->hash * 33) ^ (unsigned char)key.bytes[i];
	if (read_pair(file, (off_t)(search->hash % TABLES) * PAIR, &search->table, &search->slots) < 0)
		return -1;
	search->slot = search->slots ? (search->hash >> 8) % search->slots : 0;
	return 0;
}

/* Tells whether the bytes at a place are the key: 1 or 0; -1 and errno on failure. */
static int is_key(const struct map_file *search, off_t at)
{
	char chunk[CHUNK];
	for (size_t done = 0, n; done < search->key.length; done += n) {
		n = search->key.length - done < CHUNK ? search->key.length - done : CHUNK;
		if (read_at(search->file, chunk, n, at + (off_t)done) < 0)
			return -1;
		if (memcmp(chunk, search->key.bytes + done, n) != 0)
			return 0;
	}
	return 1;
}

/* Reads the record at a place: 1 and its value if it has the key, else 0; -1 and errno on failure. */
static int read_entry(const struct map_file *search, off_t at, struct arena *arena, struct span *value)
{
	uint32_t key_length, length;
	if (read_pair(search->file, at, &key_length, &length) < 0)
		return -1;
	int same = key_length == search->key.length ? is_key(search, at + PAIR) : 0;
	if (same <= 0)
		return same;
	if (length > VALUE_MAX)
		return errno = EILSEQ, -1;
	char *bytes = arena_take(arena, (size_t)length + 1);
	bytes[length] = '\0';
	*value = (struct span){bytes, length};
	return read_at(search->file, bytes, length, at + PAIR + (off_t)key_length) < 0 ? -1 : 1;
}

int map_file_next(struct map_file *search, struct arena *arena, struct span *value)
{
	uint32_t hash, record;
	int found = 0;
	while (!found && search->tried < search->slots) {
		if (read_pair(search->file, (off_t)search->table + (off_t)search->slot * PAIR, &hash, &record) < 0)
			return -1;
		if (record == 0)
			return 0;
		search->tried++;
		search->slot = search->slot + 1 == search->slots ? 0 : search->slot + 1;
		found = hash == search->hash ? read_entry(search, (off_t)record, arena, value) : 0;
	}
	return found;
}
