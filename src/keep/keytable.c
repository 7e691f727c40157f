/* The table of a keyring (table.c): made from the logs, known to be complete, and found wanting. */
#include "keep/keytable.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "keep/record.h"

enum { ROOM_FIRST = 1024, ROOM_GROWTH = 4 };

/* As many keys as the largest table surely takes. */
enum { KEYS_MAX = TABLE_ROOM_MAX + TABLE_ROOM_MAX / 2 };

void keytable_path(const struct keyring *keyring, char path[PATH_MAX])
{
	const char *node = keyring->log->node;
	log_folder(keyring->log, path);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, "/keys%s%s", *node ? "." : "", node);
}

uint64_t keytable_value(struct place place, unsigned state)
{
	return (uint64_t)place.day << 48 | place.offset << 8 | state;
}

struct place keytable_place(uint64_t value)
{
	return (struct place){.day = (uint16_t)(value >> 48), .offset = value >> 8 & (ID_OFFSET_END - 1)};
}

/* Gives what all lines that are still remembered have a greater value than. */
static uint64_t oldest_of(const struct keyring *keyring, time_t now)
{
	time_t begun = (uint64_t)now > keyring->remember ? now - (time_t)keyring->remember : 0;
	return keytable_value((struct place){.day = (uint16_t)date_day(begun)}, 0);
}

uint64_t keytable_start(const struct key *key)
{
	uint64_t start;
	memcpy(&start, key->name, sizeof start);
	return start;
}

/* A table that is being made from the logs. */
struct making {
	const struct keyring *keyring;
	struct table *table; /* NULL: lines are only counted */
	uint64_t count, last; /* keys, and the value of the last line */
	uint64_t forgotten;   /* of the keys, the oldest: so many have no place in the table */
	int failed;
};

static void take_line(void *context, struct place place, struct span start)
{
	struct making *making = context;
	struct record_start record;
	struct key key;
	making->last = keytable_value(place, 0);
	if (!record_start_read(start, making->keyring->log->form, &record) || !key_read(record.key, &key))
		return;
	making->count++;
	if (making->table && making->count > making->forgotten &&
	    table_put(making->table, keytable_start(&key), keytable_value(place, KEYTABLE_WRITTEN)) != TABLE_FINE)
		making->failed = -1;
}

/* Gives the last day that may have lines. Who waited for the lock may take for today what is yesterday by now. */
static unsigned last_of(time_t now)
{
	return (unsigned)date_day(now) + 1;
}

/* Hands the lines from a place on, of all days to the last that are remembered, to the taker; the newest last. */
static int each_remembered(struct making *making, struct place from, unsigned last, log_taker *take, time_t now)
{
	struct place first = keytable_place(oldest_of(making->keyring, now));
	if (from.day < first.day)
		from = first;
	for (unsigned day = from.day; day <= last; day++) {
		struct place begin = {.day = (uint16_t)day, .offset = day == from.day ? from.offset : 0};
		if (log_each(making->keyring->log, begin, RECORD_START, take, making) < 0)
			return -1;
	}
	return making->failed;
}

/*
 * Makes durable what a table is made of: a tombstone has no entry in it, so that no post for its key would see to its flush, and a
 * power cut could bring the line back.
 */
static int flush_remembered(const struct keyring *keyring, unsigned last, time_t now)
{
	if (!keyring->log->durable)
		return 0;
	for (unsigned day = keytable_place(oldest_of(keyring, now)).day; day <= last; day++)
		if (log_flush_day(keyring->log, (uint16_t)day) < 0)
			return -1;
	return 0;
}

int keytable_make(struct keyring *keyring, time_t now)
{
	char path[PATH_MAX];
	struct making making = {.keyring = keyring};
	int newest = log_newest(keyring->log);
	unsigned last = newest > (int)last_of(now) ? (unsigned)newest : last_of(now); /* the clock may have been set back */
	keytable_path(keyring, path);
	if (newest < 0 || flush_remembered(keyring, last, now) < 0 ||
	    each_remembered(&making, (struct place){0}, last, take_line, now) < 0)
		return -1;
	uint64_t room = making.count + making.count / 2 + ROOM_FIRST;
	if (table_make(&keyring->table, path, room < TABLE_ROOM_MAX ? room : TABLE_ROOM_MAX) < 0)
		return -1;
	making = (struct making){.keyring = keyring, .table = &keyring->table,
		.forgotten = making.count > KEYS_MAX ? making.count - TABLE_ROOM_MAX : 0};
	if (each_remembered(&making, (struct place){0}, last, take_line, now) < 0) {
		table_end(&keyring->table);
		return -1;
	}
	keyring->table.note[0] = making.last;
	keyring->table.note[1] = 0;
	if (making.count)
		diag_note("%s: made anew from the logs, with %ju keys", path, (uintmax_t)keyring->table.entries);
	return table_publish(&keyring->table, path);
}

/* After a boot the table may be older than the logs. Where nothing tells of boots, each process trusts its own table only. */
static void mark_table(struct keyring *keyring)
{
	unsigned char mark[TABLE_MARK];
	char owner[PATH_MAX]; /* another form's table is none, by whatever link it got here */
	snprintf(owner, sizeof owner, "%s/%s", keyring->log->form, keyring->log->node);
	if (table_mark_of_boot(mark, owner) < 0) {
		diag_system("nothing tells whether the system has booted since; the keys of \"%s\" will be looked up in its logs",
			keyring->log->form);
		randombytes_buf(mark, sizeof mark);
	}
	table_begin(&keyring->table, mark);
	keyring->marked = true;
}

/* Counts the lines of keys that are not in the table. */
static void miss_line(void *context, struct place place, struct span start)
{
	struct making *making = context;
	struct table_walk walk = {0};
	struct record_start record;
	struct key key;
	uint64_t value;
	making->last = keytable_value(place, 0);
	if (!record_start_read(start, making->keyring->log->form, &record) || !key_read(record.key, &key))
		return;
	while (table_find(making->table, keytable_start(&key), &walk, &value) == TABLE_FINE)
		if ((value & ~(uint64_t)KEYTABLE_STATES) == making->last)
			return;
	making->count++;
}

/*
 * Tells whether the table has all keys that the log has: its note is the place and length of the line that was set down last, so
 * only what stands behind that has to be looked at. It lacks some where an older copy was written over it.
 */
static bool is_complete(struct keyring *keyring, time_t now)
{
	struct table *table = &keyring->table;
	struct place last = keytable_place(table->note[0]);
	struct making making = {.keyring = keyring, .table = table, .last = table->note[0]};
	uint64_t size;
	if (log_size(keyring->log, last.day, &size) < 0)
		return false;
	if (last.day == date_day(now) && size == last.offset + table->note[1])
		return true;
	if (size < last.offset)
		last.offset = 0; /* the file is another */
	if (each_remembered(&making, last, last_of(now), miss_line, now) < 0 || making.count)
		return false;
	if (making.last > table->note[0])
		table_note(table, (const uint64_t[2]){making.last, 0}); /* else it is looked at once more, that is all */
	return true;
}

int keytable_open(struct keyring *keyring, time_t now)
{
	char path[PATH_MAX];
	keytable_path(keyring, path);
	if (!keyring->marked)
		mark_table(keyring);
	switch (table_open(&keyring->table, path)) {
	case TABLE_FINE: return is_complete(keyring, now) ? 0 : keytable_make(keyring, now);
	case TABLE_FAILED: return -1;
	default: return keytable_make(keyring, now);
	}
}

/* What is to be kept in a table that is renewed. */
static bool is_wanted(void *context, uint64_t key, uint64_t value)
{
	(void)key;
	return value > *(const uint64_t *)context;
}

int keytable_make_room(struct keyring *keyring, time_t now)
{
	char path[PATH_MAX];
	uint64_t oldest = oldest_of(keyring, now), newest = keytable_value((struct place){.day = (uint16_t)(date_day(now) + 1)}, 0);
	uint64_t room = keyring->table.entries / 3 * 2; /* as it is now */
	keytable_path(keyring, path);
	for (;;) {
		if (room > TABLE_ROOM_MAX)
			room = TABLE_ROOM_MAX;
		enum table_state state = table_renew(&keyring->table, path, room, is_wanted, &oldest);
		if (state == TABLE_DAMAGED)
			return keytable_make(keyring, now);
		if (state == TABLE_FAILED || state == TABLE_NONE)
			return -1;
		if (state == TABLE_FINE && keyring->table.entries <= room - room / 4)
			return 0;
		if (room == TABLE_ROOM_MAX && oldest >= newest)
			newest = UINT64_MAX; /* lines of a day that is yet to come: the clock was set back */
		if (room == TABLE_ROOM_MAX)
			oldest += (newest - oldest + 1) / 2;
		room *= ROOM_GROWTH;
	}
}
