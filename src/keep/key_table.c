/* Rebuilds the table of a key index (base format: table.c) from the logs, checks that it is complete, and makes room in it. */
#include "keep/key_table.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/boot.h"
#include "base/date.h"
#include "base/diag.h"
#include "base/path.h"
#include "base/span.h"
#include "keep/log_day.h"
#include "keep/record.h"
#include "keep/steady.h"
#include "table/table_make.h"

enum { ROOM_FIRST = 1024, ROOM_GROWTH = 4 };

/* The largest table has room for this many keys, whatever their hashes. */
enum { KEYS_MAX = TABLE_ROOM_MAX + TABLE_ROOM_MAX / 2 };

void key_table_begin(struct key_table *keys, const struct log *log, uint64_t remember)
{
	*keys = (struct key_table){.log = log, .remember = remember};
	table_begin(&keys->table, (const unsigned char[BLOCK_KEY]){0});
}

void key_table_end(struct key_table *keys)
{
	table_end(&keys->table);
}

void key_table_path(const struct key_table *keys, char path[PATH_MAX])
{
	const char *node = keys->log->node;
	path_write(path, keys->log->data, "/", keys->log->form, "/keys", *node ? "." : "", node, NULL);
}

uint64_t key_table_value(struct place place, unsigned state)
{
	return (uint64_t)place.day << 48 | place.offset << 8 | state;
}

struct place key_table_place(uint64_t value)
{
	return (struct place){.day = (uint16_t)(value >> 48), .offset = value >> 8 & (ID_OFFSET_END - 1)};
}

/* Gives a value below those of all lines that are still remembered. */
static uint64_t oldest_of(const struct key_table *keys, time_t now)
{
	time_t begun = steady_ago(keys->log->data, keys->log->node, keys->remember, now);
	return key_table_value((struct place){.day = (uint16_t)date_day(begun)}, 0);
}

uint64_t key_table_start(const struct key *key)
{
	uint64_t start;
	memcpy(&start, key->name, sizeof start);
	return start;
}

/* A table that is being rebuilt from the logs. */
struct making {
	const struct key_table *keys;
	struct table *table;  /* NULL: lines are only counted */
	uint64_t count, last; /* keys, and the value of the last line */
	uint64_t forgotten;   /* how many of the oldest keys don't fit into the table */
	int64_t today;        /* lines of later days, which a clock that was ahead has left, are not noted as the last one */
	int failed;
};

static int count_key(void *context, struct place place, struct span line)
{
	struct making *making = context;
	struct record_start record;
	struct key key;
	if (place.day <= making->today)
		making->last = key_table_value(place, 0);
	if (!record_start_read(line, making->keys->log->form, &record) || !key_read(record.key, &key))
		return 0;
	making->count++;
	if (making->table && making->count > making->forgotten &&
		table_put(making->table, key_table_start(&key), key_table_value(place, KEY_TABLE_WRITTEN)) != TABLE_FINE)
		making->failed = -1;
	return 0;
}

/* Gives the last day that may have lines: a process that waited for the lock may still take yesterday for today. */
static unsigned last_of(time_t now)
{
	return (unsigned)date_day(now) + 1;
}

/* Hands the remembered lines from a place on to the taker, the newest last. */
static int each_remembered(struct making *making, struct place from, unsigned last, log_taker *take, time_t now)
{
	struct place first = key_table_place(oldest_of(making->keys, now));
	if (from.day < first.day)
		from = first;
	for (unsigned day = from.day; day <= last; day++) {
		struct place begin = {.day = (uint16_t)day, .offset = day == from.day ? from.offset : 0};
		if (log_day_each(making->keys->log, begin, take, making) < 0)
			return -1;
	}
	return making->failed;
}

/*
 * Flushes the logs that a table is rebuilt from. An erased line has no entry in the new table, so no post with its key would flush
 * the erasure, and a power cut could bring the line back.
 */
static int flush_remembered(const struct key_table *keys, unsigned last, time_t now)
{
	if (!keys->log->durable)
		return 0;
	for (unsigned day = key_table_place(oldest_of(keys, now)).day; day <= last; day++)
		if (log_day_flush(keys->log, (uint16_t)day) < 0)
			return -1;
	return 0;
}

int key_table_make(struct key_table *keys, time_t now)
{
	char path[PATH_MAX];
	struct making making = {.keys = keys};
	struct steady steady;
	steady_look(
		keys->log->data, keys->log->node, now, false, &steady); /* at the first post after a boot, too; see begin_day in log.c */
	int newest = log_day_newest(keys->log);
	unsigned last = newest > (int)last_of(now) ? (unsigned)newest : last_of(now); /* the clock may have been set back */
	key_table_path(keys, path);
	if (newest == LOG_DAY_FAILED || flush_remembered(keys, last, now) < 0 ||
		each_remembered(&making, (struct place){0}, last, count_key, now) < 0)
		return -1;
	uint64_t room = making.count + making.count / 2 + ROOM_FIRST;
	if (table_make(&keys->table, path, room < TABLE_ROOM_MAX ? room : TABLE_ROOM_MAX) < 0)
		return -1;
	making = (struct making){.keys = keys,
		.table = &keys->table,
		.forgotten = making.count > KEYS_MAX ? making.count - TABLE_ROOM_MAX : 0,
		.today = date_day(now)};
	if (each_remembered(&making, (struct place){0}, last, count_key, now) < 0) {
		table_end(&keys->table);
		return -1;
	}
	keys->table.note[0] = making.last;
	keys->table.note[1] = 0;
	if (making.count)
		diag_note("%s: rebuilt from the logs, with %ju keys", path, (uintmax_t)keys->table.entries);
	return table_make_publish(&keys->table, path);
}

/* After a boot the table may be older than the logs. If the system doesn't tell of boots, each process trusts only a table of its own. */
static void mark_table(struct key_table *keys)
{
	unsigned char mark[BOOT_MARK];
	char owner[PATH_MAX]; /* so that another form's table, linked or copied here, is not taken for this one's */
	snprintf(owner, sizeof owner, "%s/%s", keys->log->form, keys->log->node);
	if (boot_mark(mark, TABLE_FORMAT, owner) < 0) {
		diag_system(
			"the form \"%s\": this system has no boot id; each process rebuilds the key table from the logs", keys->log->form);
		randombytes_buf(mark, sizeof mark);
	}
	table_begin(&keys->table, mark);
	keys->marked = true;
}

/* Counts the lines whose keys are missing from the table. */
static int count_missing(void *context, struct place place, struct span line)
{
	struct making *making = context;
	struct table_walk walk = {0};
	struct record_start record;
	struct key key;
	uint64_t value;
	making->last = key_table_value(place, 0);
	if (!record_start_read(line, making->keys->log->form, &record) || !key_read(record.key, &key))
		return 0;
	while (table_find(making->table, key_table_start(&key), &walk, &value) == TABLE_FINE)
		if ((value & ~(uint64_t)KEY_TABLE_STATES) == making->last)
			return 0;
	making->count++;
	return 0;
}

/*
 * Tells whether the table has all keys of the log. Its note is the place and length of the line noted last, so only the lines after
 * that have to be read. An older copy that was written over the table lacks some.
 */
static bool has_all_keys(struct key_table *keys, time_t now)
{
	struct table *table = &keys->table;
	struct place last = key_table_place(table->note[0]);
	struct making making = {.keys = keys, .table = table, .last = table->note[0]};
	uint64_t size;
	if (last.day > date_day(now)) /* made by a clock that was ahead, so what is remembered now may have been forgotten then */
		return false;
	if (log_day_size(keys->log, last.day, &size) < 0)
		return false;
	if (last.day == date_day(now) && size == last.offset + table->note[1])
		return true;
	if (size < last.offset)
		last.offset = 0; /* another file has that name now */
	if (each_remembered(&making, last, last_of(now), count_missing, now) < 0 || making.count)
		return false;
	if (making.last > table->note[0])
		table_note(table, (const uint64_t[2]){making.last, 0}); /* if this fails, the same lines are read again next time */
	return true;
}

int key_table_open(struct key_table *keys, time_t now)
{
	char path[PATH_MAX];
	key_table_path(keys, path);
	if (!keys->marked)
		mark_table(keys);
	switch (table_open(&keys->table, path)) {
	case TABLE_FINE: return has_all_keys(keys, now) ? 0 : key_table_make(keys, now);
	case TABLE_FAILED: return -1;
	default: return key_table_make(keys, now);
	}
}

/* Tells whether an entry goes into the larger table. */
static bool is_wanted(void *context, uint64_t key, uint64_t value)
{
	(void)key;
	return value > *(const uint64_t *)context;
}

int key_table_make_room(struct key_table *keys, time_t now)
{
	char path[PATH_MAX];
	uint64_t oldest = oldest_of(keys, now), newest = key_table_value((struct place){.day = (uint16_t)(date_day(now) + 1)}, 0);
	uint64_t room = keys->table.entries / 3 * 2; /* as it is now */
	key_table_path(keys, path);
	for (;;) {
		if (room > TABLE_ROOM_MAX)
			room = TABLE_ROOM_MAX;
		enum table_state state = table_make_renew(&keys->table, path, room, is_wanted, &oldest);
		if (state == TABLE_DAMAGED)
			return key_table_make(keys, now);
		if (state == TABLE_FAILED || state == TABLE_NONE)
			return -1;
		if (state == TABLE_FINE && keys->table.entries <= room - room / 4)
			return 0;
		if (room == TABLE_ROOM_MAX && oldest >= newest)
			newest = UINT64_MAX; /* lines of a future day: the clock was set back */
		if (room == TABLE_ROOM_MAX)
			oldest += (newest - oldest + 1) / 2;
		room *= ROOM_GROWTH;
	}
}
