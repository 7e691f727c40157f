/*
 * The table behind a key index: from the first 8 bytes of a key's name to one number that holds day, offset and state of its line,
 * so that an older line has a smaller number.
 */
#ifndef KEY_TABLE_H
#define KEY_TABLE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "keep/key.h"
#include "keep/log.h"
#include "table/table.h"

enum { KEY_TABLE_WRITTEN = 1, KEY_TABLE_DURABLE = 2, KEY_TABLE_STATES = 255 };

/* A form's table, as a process has it open. */
struct key_table {
	const struct log *log; /* borrowed */
	uint64_t remember;     /* seconds for which a key is kept at most */
	struct table table;
	bool marked; /* the table knows which boot this is */
};

/* Gives the number that stands in the table for a line. */
uint64_t key_table_value(struct place, unsigned state);

/* Gives the place of the line that a number stands for. */
struct place key_table_place(uint64_t value);

/* Gives the number under which the table has a key. */
uint64_t key_table_start(const struct key *);

/* Writes the path of the table's file. */
void key_table_path(const struct key_table *, char path[PATH_MAX]);

/* Starts with nothing open; the log is borrowed. */
void key_table_begin(struct key_table *, const struct log *, uint64_t remember);

/* Opens the table, and rebuilds it if it is missing, damaged or incomplete; -1 and errno. Needs the folder's lock, as do those below. */
int key_table_open(struct key_table *, time_t now);

/* Rebuilds the table from the logs of the time for which keys are remembered; -1 and errno. */
int key_table_make(struct key_table *, time_t now);

/*
 * Makes room for as many keys again: forgets what is remembered no longer, else enlarges the table, and at the largest size forgets
 * the oldest keys. -1 and errno.
 */
int key_table_make_room(struct key_table *, time_t now);

/* Closes the table. */
void key_table_end(struct key_table *);

#endif
