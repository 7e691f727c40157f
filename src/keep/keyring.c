/*
 * DATA/FORM/keys, or keys.NODE: a table (table.c) from the first 8 bytes of a key's name to day, offset and state of a line. It is
 * only a cache of the logs, and every hit is looked up in its line, so whatever happens to it makes no wrong answer: one that is
 * not there, is damaged, or is of another boot is made anew from the logs of the time that keys are remembered. The lock is that of
 * the form's folder, which stays when files come and go, also when a day ends between two posts.
 *
 * A key is set down before its line is written, and the table's note of the line last written after it:
 *
 *   the process ended                what is left                      who mends it
 *   before the key                   nothing                           -
 *   between the key and the line     a key that leads to no such line  nobody: it is passed over
 *   after the line, before the note  both, and an older note           whoever opens the table next looks at what is behind it
 *   after the note                   all                               -
 *
 * A retry may find a line whose writer has not flushed it yet, or never will. It writes the line's bytes once more, for after a
 * flush that failed the kernel takes them for clean, flushes, and marks the key. A writer whose own flush failed looks for the
 * mark before it takes its line back; where the table is not the one that it set its key down in, a mark may have been lost, and
 * it tries to make the line durable like any other, and leaves it where it can't.
 */
#include "keep/keyring.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/diag.h"
#include "keep/keytable.h"
#include "keep/record.h"

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

int keyring_lock(struct keyring *keyring, time_t now)
{
	char folder[PATH_MAX];
	log_folder(keyring->log, folder);
	if (lock_take(&keyring->lock, folder) == 0 && keytable_open(keyring, now) == 0)
		return 0;
	diag_system("the keys of \"%s\" can't be looked up", keyring->log->form);
	keyring_unlock(keyring);
	return -1;
}

/* Gives the line with the newline behind it. */
static struct span with_newline(struct span line)
{
	return (struct span){line.bytes, line.length + 1};
}

static bool is_whole(struct span line)
{
	json_t *record = record_read(line);
	json_decref(record);
	return record != NULL;
}

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
	/* Its eraser may have died before the flush: a power cut could bring it back beside the line that comes next. */
	if (record_erased(line->line)) {
		keyring->superseded = line->value;
		return log_renew(keyring->log, with_newline(line->line), line->place) < 0 ? KEYRING_FAILED : KEYRING_ABSENT;
	}
	if (!record_start_read(line->line, keyring->log->form, &start) || !key_read(start.key, &had) ||
	    memcmp(had.name, key->name, KEY_NAME) != 0)
		return KEYRING_ABSENT;
	if (!id_read(start.id, secret, &place) || place.day != line->place.day || place.offset != line->place.offset)
		return KEYRING_ABSENT; /* a log that was moved here from elsewhere */
	if (!line->durable && !is_whole(line->line))
		return KEYRING_ABSENT; /* a power cut left its start and its end, and not what is between */
	if (start.received + (time_t)key->seconds <= now) {
		keyring->superseded = line->value;
		return KEYRING_ABSENT;
	}
	memcpy(line->id, start.id.bytes, ID_LENGTH);
	return memcmp(had.content, key->content, KEY_CONTENT) == 0 ? KEYRING_FOUND : KEYRING_OTHER;
}

static enum keyring_found find(struct keyring *keyring, const struct secret *secret, const struct key *key, time_t now,
	struct arena *arena, struct keyring_line *line, bool *damaged)
{
	struct table_walk walk = {0};
	keyring->superseded = 0;
	for (;;) {
		*line = (struct keyring_line){0};
		switch (table_find(&keyring->table, keytable_start(key), &walk, &line->value)) {
		case TABLE_FINE: break;
		case TABLE_NONE: return KEYRING_ABSENT;
		case TABLE_FAILED: return KEYRING_FAILED;
		default: *damaged = true; return KEYRING_FAILED;
		}
		line->place = keytable_place(line->value);
		line->durable = (line->value & KEYTABLE_DURABLE) != 0;
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
	if (damaged && keytable_make(keyring, now) == 0)
		found = find(keyring, secret, key, now, arena, line, &damaged);
	if (found == KEYRING_FAILED) {
		keytable_path(keyring, path);
		diag_system("%s: can't be read", path);
	}
	return found;
}

int keyring_add(struct keyring *keyring, const struct key *key, struct place place, time_t now)
{
	enum table_state state = TABLE_FULL;
	uint64_t value = keytable_value(place, KEYTABLE_WRITTEN);
	for (int i = 0; i < 2; i++) {
		/* In the place of what has expired or was erased, or a key that comes all day is looked for ever longer. */
		state = !keyring->superseded ? TABLE_NONE : table_replace(&keyring->table, keytable_start(key), keyring->superseded, value);
		if (state == TABLE_NONE)
			state = table_put(&keyring->table, keytable_start(key), value);
		if (state != TABLE_FULL)
			break;
		if (keytable_make_room(keyring, now) < 0)
			return -1;
	}
	if (state != TABLE_FINE && state != TABLE_FAILED)
		errno = EILSEQ; /* it came to harm after the key was looked for: that must be done again */
	keyring->added_to = keyring->table.salt;
	return state == TABLE_FINE ? 0 : -1;
}

void keyring_note(struct keyring *keyring, const struct log_line *line)
{
	/* Where it can't be written the line is looked at once more, that is all. */
	table_note(&keyring->table, (const uint64_t[2]){keytable_value(line->place, 0), line->length});
}

int keyring_confirm(struct keyring *keyring, const struct key *key, struct keyring_line *line)
{
	if (line->durable)
		return 0;
	if (log_renew(keyring->log, with_newline(line->line), line->place) < 0)
		return -1;
	/* Without the mark its writer may take it back. */
	if (table_replace(&keyring->table, keytable_start(key), line->value, keytable_value(line->place, KEYTABLE_DURABLE)) == TABLE_FINE)
		return 0;
	diag_system("a key of \"%s\" can't be marked", keyring->log->form);
	return -1;
}

enum keyring_confirmed keyring_confirmed(struct keyring *keyring, const struct key *key, struct place place)
{
	struct table_walk walk = {0};
	uint64_t value;
	while (table_find(&keyring->table, keytable_start(key), &walk, &value) == TABLE_FINE)
		if (value == keytable_value(place, KEYTABLE_DURABLE))
			return KEYRING_CONFIRMED;
		else if (value == keytable_value(place, KEYTABLE_WRITTEN) && keyring->table.salt == keyring->added_to)
			return KEYRING_ALONE;
	return KEYRING_UNKNOWN;
}
