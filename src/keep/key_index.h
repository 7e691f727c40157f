/* The key index of a form: finds the line of the log that was kept under a key. */
#ifndef KEY_INDEX_H
#define KEY_INDEX_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/span.h"
#include "keep/key.h"
#include "keep/key_table.h"
#include "keep/log.h"

/* A form's index, as a process has it open; callers leave its members alone. */
struct key_index {
	struct key_table keys;
	struct lock lock;    /* of the form's folder */
	uint64_t superseded; /* the table's value for the key looked up last, if its line has expired or was erased; else 0 */
	uint64_t added_to;   /* the table that the last key was added to */
};

/* A line that was kept under a key. */
struct key_index_line {
	struct place place;
	uint64_t value;   /* the table's value for it */
	struct span line; /* without its newline, which follows it */
	char id[ID_LENGTH + 1];
	bool durable; /* it was flushed for another post already */
};

enum key_index_found { KEY_FOUND, KEY_OTHER, KEY_ABSENT, KEY_FAILED };

/* Starts with nothing open; the log is borrowed. */
void key_index_begin(struct key_index *, const struct log *, uint64_t remember);

/* Locks the index and makes sure that it is complete: 0. Logs a failure and gives -1 with nothing locked. */
int key_index_lock(struct key_index *, time_t now);

/* Finds the line of a key, in the arena; KEY_OTHER if it was posted with other content. Logs a failure. */
enum key_index_found key_index_find(
	struct key_index *, const struct secret *, const struct key *, time_t now, struct arena *, struct key_index_line *);

/* Adds a key, before its line is written at that place: 0, or -1 and errno. */
int key_index_add(struct key_index *, const struct key *, struct place, time_t now);

/* Notes that the line of the key added last is written: the keys of all lines up to its end are in the index. */
void key_index_note(struct key_index *, const struct log_line *);

/* Makes a line that was found durable, once for all who ask: 0. Logs a failure and gives -1. */
int key_index_confirm(struct key_index *, const struct key *, struct key_index_line *);

enum key_index_confirmed { KEY_ALONE, KEY_CONFIRMED, KEY_UNKNOWN };

/* Tells whether another post has made the line of the key added last durable, after this process's own flush of it failed. */
enum key_index_confirmed key_index_confirmed(struct key_index *, const struct key *, struct place);

/* Unlocks the index. */
void key_index_unlock(struct key_index *);

/* Closes all of it. */
void key_index_end(struct key_index *);

#endif
