/*
 * DATA/FORM/keys, or keys.NODE: a table (table.c) from the first 8 bytes of a key's name to day, offset and state of a line. It is
 * only a cache of the logs, and every hit is looked up in its line, so whatever happens to it makes no wrong answer: one that is
 * not there, is damaged, or is of another boot is made anew from the logs of the time that keys are remembered. The lock is that of
 * the form's folder, which stays when files come and go, also when a day ends between two posts.
 *
 * A key is set down before its line is written:
 *
 *   the process ended                what is left                      who mends it
 *   before the key                   nothing                           -
 *   between the key and the line     a key that leads to no such line  nobody: it is passed over
 *   after the line                   both                              -
 *
 * A retry may find a line whose writer has not flushed it yet, or never will. It writes the line's bytes once more, for after a
 * flush that failed the kernel takes them for clean, flushes, and marks the key. A writer whose own flush failed looks for the
 * mark before it takes its line back; where the table is not the one that it set its key down in, a mark may have been lost, and
 * it tries to make the line durable like any other, and leaves it where it can't.
 */
#include "keyring.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "date.h"
#include "diag.h"
#include "record.h"

enum { ROOM_FIRST = 1024, ROOM_GROWTH = 4, STATE_WRITTEN = 1, STATE_DURABLE = 2, STATES = 255, DAY_SECONDS = 24 * 60 * 60 };

void keyring_begin(struct keyring *keyring, const struct log *log, uint64_t remember)
{
	*keyring = (struct keyring){.log = log, .remember = remember};
	lock_begin(&keyring->lock);
	table_begin(&keyring->table, (const unsigned char[TABLE_MARK]){0});
}

void keyring_end(struct keyring *keyring)
{
	table_end(&keyring->table);
	lock_end(&keyring->lock);
}

void keyring_unlock(struct keyring *keyring)
{
	lock_drop(&keyring->lock);
}

static void path_write(const struct keyring *keyring, char path[PATH_MAX])
{
	const char *node = keyring->log->node;
	log_folder(keyring->log, path);
	size_t n = strlen(path);
	snprintf(path + n, PATH_MAX - n, "/keys%s%s", *node ? "." : "", node);
}

/* --- values: day, offset and state in one number, so that an older line has a smaller one --------------------------- */

static uint64_t value_of(struct place place, unsigned state)
{
	return (uint64_t)place.day << 48 | place.offset << 8 | state;
}

static struct place place_of(uint64_t value)
{
	return (struct place){.day = (uint16_t)(value >> 48), .offset = value >> 8 & (ID_OFFSET_END - 1)};
}

/* Gives what all lines that are still remembered have a greater value than. */
static uint64_t oldest_of(const struct keyring *keyring, time_t now)
{
	time_t begun = (uint64_t)now > keyring->remember ? now - (time_t)keyring->remember : 0;
	return value_of((struct place){.day = (uint16_t)date_day(begun)}, 0);
}

static uint64_t start_of(const struct key *key)
{
	uint64_t start;
	memcpy(&start, key->name, sizeof start);
	return start;
}

/* --- the table ----------------------------------------------------------------------------------------------------- */

/* A table that is being made from the logs. */
struct making {
	const struct keyring *keyring;
	struct table *table; /* NULL: lines are only counted */
	uint64_t count, last; /* keys, and the value of the last line */
	int failed;
};

static void take_line(void *context, struct place place, struct span start)
{
	struct making *making = context;
	struct record_start record;
	struct key key;
	making->last = value_of(place, 0);
	if (!record_start_read(start, making->keyring->log->form, &record) || !key_read(record.key, &key))
		return;
	making->count++;
	if (making->table && table_put(making->table, start_of(&key), value_of(place, STATE_WRITTEN)) != TABLE_FINE)
		making->failed = -1;
}

/*
 * Hands the lines from a place on, of all days that are remembered, to the taker; the newest last. Who waited for the lock may take
 * for today what is yesterday by now, so the day after is looked at too.
 */
static int each_remembered(struct making *making, struct place from, log_taker *take, time_t now)
{
	struct place first = place_of(oldest_of(making->keyring, now));
	unsigned last = (unsigned)date_day(now) + 1;
	if (from.day < first.day)
		from = first;
	for (unsigned day = from.day; day <= last; day++) {
		struct place begin = {.day = (uint16_t)day, .offset = day == from.day ? from.offset : 0};
		if (log_each(making->keyring->log, begin, RECORD_START, take, making) < 0)
			return -1;
	}
	return making->failed;
}

static int make_anew(struct keyring *keyring, const char *path, time_t now)
{
	struct making making = {.keyring = keyring};
	if (each_remembered(&making, (struct place){0}, take_line, now) < 0)
		return -1;
	uint64_t room = making.count + making.count / 2 + ROOM_FIRST;
	if (table_make(&keyring->table, path, room < TABLE_ROOM_MAX ? room : TABLE_ROOM_MAX) < 0)
		return -1;
	making = (struct making){.keyring = keyring, .table = &keyring->table};
	if (each_remembered(&making, (struct place){0}, take_line, now) < 0) {
		table_end(&keyring->table);
		return -1;
	}
	keyring->table.note[0] = making.last;
	keyring->table.note[1] = 0;
	if (making.count)
		diag_note("%s: made anew from the logs, with %ju keys", path, (uintmax_t)making.count);
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
	making->last = value_of(place, 0);
	if (!record_start_read(start, making->keyring->log->form, &record) || !key_read(record.key, &key))
		return;
	while (table_find(making->table, start_of(&key), &walk, &value) == TABLE_FINE)
		if ((value & ~(uint64_t)STATES) == making->last)
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
	struct place last = place_of(table->note[0]);
	struct making making = {.keyring = keyring, .table = table, .last = table->note[0]};
	uint64_t size = log_size(keyring->log, last.day);
	if (last.day == date_day(now) && size == last.offset + table->note[1])
		return true;
	if (size < last.offset)
		last.offset = 0; /* the file is another */
	if (each_remembered(&making, last, miss_line, now) < 0 || making.count)
		return false;
	if (making.last > table->note[0]) {
		table->note[0] = making.last;
		table->note[1] = 0;
		table_note(table); /* else it is looked at once more, that is all */
	}
	return true;
}

static int open_table(struct keyring *keyring, time_t now)
{
	char path[PATH_MAX];
	path_write(keyring, path);
	if (!keyring->marked)
		mark_table(keyring);
	switch (table_open(&keyring->table, path)) {
	case TABLE_FINE: return is_complete(keyring, now) ? 0 : make_anew(keyring, path, now);
	case TABLE_FAILED: return -1;
	default: return make_anew(keyring, path, now);
	}
}

int keyring_lock(struct keyring *keyring, time_t now)
{
	char folder[PATH_MAX];
	log_folder(keyring->log, folder);
	if (lock_take(&keyring->lock, folder) == 0 && open_table(keyring, now) == 0)
		return 0;
	diag_system("the keys of \"%s\" can't be looked up", keyring->log->form);
	keyring_unlock(keyring);
	return -1;
}

/* --- keys ---------------------------------------------------------------------------------------------------------- */

/* Tells whether the line at a place is that of the key, and still remembered. */
static enum keyring_found look_at(struct keyring *keyring, const struct secret *secret, const struct key *key, time_t now,
	struct arena *arena, struct keyring_line *line)
{
	struct record_start start;
	struct place place;
	struct key had;
	switch (log_at(keyring->log, line->place, arena, &line->line)) {
	case LOG_FOUND: break;
	case LOG_ABSENT: return KEYRING_ABSENT;
	case LOG_FAILED: return KEYRING_FAILED;
	}
	if (!record_start_read(line->line, keyring->log->form, &start) || !key_read(start.key, &had) ||
	    memcmp(had.name, key->name, KEY_NAME) != 0)
		return KEYRING_ABSENT;
	if (!id_read(start.id, secret, &place) || place.day != line->place.day || place.offset != line->place.offset)
		return KEYRING_ABSENT; /* a log that was moved here from elsewhere */
	if (start.received + (time_t)key->seconds <= now) {
		keyring->expired = line->value;
		return KEYRING_ABSENT;
	}
	memcpy(line->id, start.id.bytes, ID_LENGTH);
	return memcmp(had.content, key->content, KEY_CONTENT) == 0 ? KEYRING_FOUND : KEYRING_OTHER;
}

static enum keyring_found find(struct keyring *keyring, const struct secret *secret, const struct key *key, time_t now,
	struct arena *arena, struct keyring_line *line, bool *damaged)
{
	struct table_walk walk = {0};
	keyring->expired = 0;
	for (;;) {
		*line = (struct keyring_line){0};
		switch (table_find(&keyring->table, start_of(key), &walk, &line->value)) {
		case TABLE_FINE: break;
		case TABLE_NONE: return KEYRING_ABSENT;
		case TABLE_FAILED: return KEYRING_FAILED;
		default: *damaged = true; return KEYRING_FAILED;
		}
		line->place = place_of(line->value);
		line->durable = (line->value & STATE_DURABLE) != 0;
		enum keyring_found found = look_at(keyring, secret, key, now, arena, line);
		if (found != KEYRING_ABSENT)
			return found;
	}
}

enum keyring_found keyring_find(struct keyring *keyring, const struct secret *secret, const struct key *key, time_t now,
	struct arena *arena, struct keyring_line *line)
{
	char path[PATH_MAX];
	bool damaged = false;
	enum keyring_found found = find(keyring, secret, key, now, arena, line, &damaged);
	path_write(keyring, path);
	if (damaged && make_anew(keyring, path, now) == 0)
		found = find(keyring, secret, key, now, arena, line, &damaged);
	if (found == KEYRING_FAILED)
		diag_system("%s: can't be read", path);
	return found;
}

/* What is to be kept in a table that is renewed. */
static bool is_wanted(void *context, uint64_t key, uint64_t value)
{
	(void)key;
	return value > *(const uint64_t *)context;
}

/*
 * Makes room: by forgetting what is remembered no longer, else by a larger table, and at its bound by forgetting the oldest. It is
 * left with room for as many again, so that this comes seldom.
 */
static int make_room(struct keyring *keyring, time_t now)
{
	char path[PATH_MAX];
	uint64_t oldest = oldest_of(keyring, now), newest = value_of((struct place){.day = (uint16_t)(date_day(now) + 1)}, 0);
	uint64_t room = keyring->table.entries / 3 * 2; /* as it is now */
	path_write(keyring, path);
	for (;;) {
		if (room > TABLE_ROOM_MAX)
			room = TABLE_ROOM_MAX;
		enum table_state state = table_renew(&keyring->table, path, room, is_wanted, &oldest);
		if (state == TABLE_DAMAGED)
			return make_anew(keyring, path, now);
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

int keyring_add(struct keyring *keyring, const struct key *key, struct place place, size_t length, time_t now)
{
	char path[PATH_MAX];
	enum table_state state = TABLE_DAMAGED;
	path_write(keyring, path);
	for (int i = 0; i < 2; i++) {
		keyring->table.note[0] = value_of(place, 0);
		keyring->table.note[1] = length;
		/* In the place of what has expired, or a key that comes all day is looked for ever longer. */
		if (keyring->expired && table_replace(&keyring->table, start_of(key), keyring->expired, value_of(place, STATE_WRITTEN)) == TABLE_FINE)
			state = table_note(&keyring->table);
		else
			state = table_put(&keyring->table, start_of(key), value_of(place, STATE_WRITTEN));
		if ((state == TABLE_FULL && make_room(keyring, now) < 0) || (state == TABLE_DAMAGED && make_anew(keyring, path, now) < 0))
			return -1;
		if (state != TABLE_FULL && state != TABLE_DAMAGED)
			break;
	}
	if (state != TABLE_FINE && state != TABLE_FAILED)
		errno = EILSEQ;
	keyring->added_to = keyring->table.salt;
	return state == TABLE_FINE ? 0 : -1;
}

int keyring_confirm(struct keyring *keyring, const struct key *key, struct keyring_line *line)
{
	if (line->durable)
		return 0;
	if (log_renew(keyring->log, (struct span){line->line.bytes, line->line.length + 1}, line->place) < 0)
		return -1;
	/* Without the mark its writer may take it back. */
	if (table_replace(&keyring->table, start_of(key), line->value, value_of(line->place, STATE_DURABLE)) == TABLE_FINE)
		return 0;
	diag_system("a key of \"%s\" can't be marked", keyring->log->form);
	return -1;
}

enum keyring_confirmed keyring_confirmed(struct keyring *keyring, const struct key *key, struct place place)
{
	struct table_walk walk = {0};
	uint64_t value;
	while (table_find(&keyring->table, start_of(key), &walk, &value) == TABLE_FINE)
		if (value == value_of(place, STATE_DURABLE))
			return KEYRING_CONFIRMED;
		else if (value == value_of(place, STATE_WRITTEN) && keyring->table.salt == keyring->added_to)
			return KEYRING_ALONE;
	return KEYRING_UNKNOWN;
}
