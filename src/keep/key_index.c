/*
 * DATA/FORM/keys (keys.NODE on a named node) maps the first 8 bytes of a key's name to day, offset and state of a line; key_table.c
 * has its format. It is only a cache: each hit is compared with its line, so no damage to it gives a wrong answer. If it is missing,
 * damaged or from before the last boot, it is rebuilt from the logs of the time for which keys are remembered. The lock is the form
 * folder's, since that stays when files come and go, even if a day ends between two posts.
 *
 * A key is added before its line is written; then the table notes the line as the last one written:
 *
 *   the process died                 what is left                     what repairs it
 *   before the key                   nothing                          -
 *   between the key and the line     a key that leads to no line      nothing needs to: look-ups pass over it
 *   after the line, before the note  key, line and an older note      the next process to open the table reads on from the note
 *   after the note                   all of it                        -
 *
 * A retry may find a line that its writer has not flushed yet, or never will. The retry then writes the same bytes again (after a
 * failed flush the kernel considers them clean), flushes, and marks the key as durable. A writer whose own flush failed looks for
 * that mark before it takes its line back. If the table was rebuilt since, the mark may be lost: then the writer tries to make the
 * line durable as a retry would, and if that fails leaves it in the log.
 */
#include "keep/key_index.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/span.h"
#include "keep/log_line.h"
#include "keep/record.h"
#include "keep/steady.h"

void key_index_begin(struct key_index *index, const struct log *log, uint64_t remember)
{
	*index = (struct key_index){0};
	key_table_begin(&index->keys, log, remember);
	lock_begin(&index->lock);
}

void key_index_end(struct key_index *index)
{
	key_table_end(&index->keys);
	lock_end(&index->lock);
}

void key_index_unlock(struct key_index *index)
{
	lock_drop(&index->lock);
}

int key_index_lock(struct key_index *index, time_t now)
{
	char folder[PATH_MAX];
	log_folder(index->keys.log, folder);
	if (lock_take(&index->lock, folder) == 0 && key_table_open(&index->keys, now) == 0)
		return 0;
	if (errno == ETIMEDOUT)
		diag_error("the keys of \"%s\" can't be looked up: another process has held the lock of %s for %d seconds",
			index->keys.log->form, folder, FILE_LOCK_SECONDS);
	else
		diag_system("the keys of \"%s\" can't be looked up", index->keys.log->form);
	key_index_unlock(index);
	return -1;
}

/* Gives the line together with its newline. */
static struct span with_newline(struct span line)
{
	return (struct span){line.bytes, line.length + 1};
}

static bool is_whole_record(struct span line)
{
	json_t *record = record_read(line);
	json_decref(record);
	return record != NULL;
}

/* Tells whether the line at a place has the key and is still remembered. */
static enum key_index_found check_line(struct key_index *index, const struct secret *secret, const struct key *key, time_t now,
	struct arena *arena, struct key_index_line *line)
{
	struct record_start start;
	struct place place;
	struct key had;
	switch (log_line_at(index->keys.log, line->place, arena, &line->line)) {
	case LOG_FOUND: break;
	case LOG_ABSENT: return KEY_ABSENT;
	case LOG_FAILED: return KEY_FAILED;
	}
	/* The process that erased it may have died before the flush: a power cut could bring it back beside the line that comes next. */
	if (record_erased(line->line)) {
		index->superseded = line->value;
		return log_line_renew(index->keys.log, with_newline(line->line), line->place) < 0 ? KEY_FAILED : KEY_ABSENT;
	}
	if (!record_start_read(line->line, index->keys.log->form, &start) || !key_read(start.key, &had) ||
		memcmp(had.name, key->name, KEY_NAME) != 0)
		return KEY_ABSENT;
	if (!id_read(start.id, secret, &place) || place.day != line->place.day || place.offset != line->place.offset)
		return KEY_ABSENT; /* a log that was moved here from elsewhere */
	if (!line->durable && !is_whole_record(line->line))
		return KEY_ABSENT; /* a power cut left its start and its end, but not what was between */
	if (steady_has_passed(index->keys.log->data, index->keys.log->node, start.received, key->seconds, now)) {
		index->superseded = line->value;
		return KEY_ABSENT;
	}
	memcpy(line->id, start.id.bytes, ID_LENGTH);
	return memcmp(had.content, key->content, KEY_CONTENT) == 0 ? KEY_FOUND : KEY_OTHER;
}

static enum key_index_found find_key(struct key_index *index, const struct secret *secret, const struct key *key, time_t now,
	struct arena *arena, struct key_index_line *line, bool *damaged)
{
	struct table_walk walk = {0};
	index->superseded = 0;
	for (;;) {
		*line = (struct key_index_line){0};
		switch (table_find(&index->keys.table, key_table_start(key), &walk, &line->value)) {
		case TABLE_FINE: break;
		case TABLE_NONE: return KEY_ABSENT;
		case TABLE_FAILED: return KEY_FAILED;
		default: *damaged = true; return KEY_FAILED;
		}
		line->place = key_table_place(line->value);
		line->durable = (line->value & KEY_TABLE_DURABLE) != 0;
		enum key_index_found found = check_line(index, secret, key, now, arena, line);
		if (found != KEY_ABSENT)
			return found;
	}
}

enum key_index_found key_index_find(struct key_index *index, const struct secret *secret, const struct key *key, time_t now,
	struct arena *arena, struct key_index_line *line)
{
	char path[PATH_MAX];
	bool damaged = false;
	enum key_index_found found = find_key(index, secret, key, now, arena, line, &damaged);
	if (damaged && key_table_make(&index->keys, now) == 0)
		found = find_key(index, secret, key, now, arena, line, &damaged);
	if (found == KEY_FAILED) {
		key_table_path(&index->keys, path);
		diag_system("%s: read failed", path);
	}
	return found;
}

int key_index_add(struct key_index *index, const struct key *key, struct place place, time_t now)
{
	enum table_state state = TABLE_FULL;
	uint64_t value = key_table_value(place, KEY_TABLE_WRITTEN);
	for (int i = 0; i < 2; i++) {
		/* Replace the entry of an expired or erased line: else a key that comes all day takes ever longer to look up. */
		state = !index->superseded ? TABLE_NONE : table_replace(&index->keys.table, key_table_start(key), index->superseded, value);
		if (state == TABLE_NONE)
			state = table_put(&index->keys.table, key_table_start(key), value);
		if (state != TABLE_FULL)
			break;
		if (key_table_make_room(&index->keys, now) < 0)
			return -1;
	}
	if (state != TABLE_FINE && state != TABLE_FAILED)
		errno = EILSEQ; /* damaged since the key was looked up, which has to be repeated */
	index->added_to = index->keys.table.salt;
	return state == TABLE_FINE ? 0 : -1;
}

void key_index_note(struct key_index *index, const struct log_line *line)
{
	/* If the note fails, the line is read once more, no harm done. */
	table_note(&index->keys.table, (const uint64_t[2]){key_table_value(line->place, 0), line->length});
}

int key_index_confirm(struct key_index *index, const struct key *key, struct key_index_line *line)
{
	if (line->durable)
		return 0;
	if (log_line_renew(index->keys.log, with_newline(line->line), line->place) < 0)
		return -1;
	/* Without the mark its writer may take the line back. */
	if (table_replace(&index->keys.table, key_table_start(key), line->value, key_table_value(line->place, KEY_TABLE_DURABLE)) ==
		TABLE_FINE)
		return 0;
	diag_system("the form \"%s\": a key can't be marked as durable", index->keys.log->form);
	return -1;
}

enum key_index_confirmed key_index_confirmed(struct key_index *index, const struct key *key, struct place place)
{
	struct table_walk walk = {0};
	uint64_t value;
	while (table_find(&index->keys.table, key_table_start(key), &walk, &value) == TABLE_FINE)
		if (value == key_table_value(place, KEY_TABLE_DURABLE))
			return KEY_CONFIRMED;
		else if (value == key_table_value(place, KEY_TABLE_WRITTEN) && index->keys.table.salt == index->added_to)
			return KEY_ALONE;
	return KEY_UNKNOWN;
}
