/* The keyring of a form: the keys that its log holds, each with the place of its line. */
#ifndef KEYRING_H
#define KEYRING_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/lock.h"
#include "keep/key.h"
#include "keep/log.h"
#include "table/table.h"

/* A process's hold on a keyring; its insides are its own. */
struct keyring {
	const struct log *log;  /* borrowed */
	uint64_t remember;      /* seconds for which a key is kept at the most */
	struct lock lock;       /* of the form's folder */
	struct table table;
	bool marked;            /* the table knows which boot this is */
	uint64_t superseded;    /* what the table had for the key looked for last, of a line that expired or was erased; 0: nothing */
	uint64_t added_to;      /* which table the last key was added to */
};

/* A line that was kept under a key. */
struct keyring_line {
	struct place place;
	uint64_t value;         /* as the table has it */
	struct span line;       /* without its newline, which is behind it */
	char id[ID_LENGTH + 1];
	bool durable;           /* it was flushed on behalf of another post already */
};

enum keyring_found { KEYRING_FOUND, KEYRING_OTHER, KEYRING_ABSENT, KEYRING_FAILED };

/* Starts with nothing open; the log is borrowed. */
void keyring_begin(struct keyring *, const struct log *, uint64_t remember);

/* Locks the keyring and makes sure that it is whole: 0, or -1 with the reason said and nothing locked. */
int keyring_lock(struct keyring *, time_t now);

/* Finds the line of a key: KEYRING_OTHER where it came with other content. The line lives in the arena. */
enum keyring_found keyring_find(struct keyring *, const struct secret *, const struct key *, time_t now, struct arena *,
	struct keyring_line *);

/* Adds a key whose line will be at a place: 0, or -1 and errno. */
int keyring_add(struct keyring *, const struct key *, struct place, time_t now);

/* Notes that the line of the key added last is written, so that the keys of all lines up to its end are there. */
void keyring_note(struct keyring *, const struct log_line *);

/* Makes a line that was found durable, once for all that ask: 0, or -1 with the reason said. */
int keyring_confirm(struct keyring *, const struct key *, struct keyring_line *);

enum keyring_confirmed { KEYRING_ALONE, KEYRING_CONFIRMED, KEYRING_UNKNOWN };

/* Tells whether another post has made the line of the key added last durable, which this process could not. */
enum keyring_confirmed keyring_confirmed(struct keyring *, const struct key *, struct place);

/* Lets others at the keyring. */
void keyring_unlock(struct keyring *);

/* Lets go of all of it. */
void keyring_end(struct keyring *);

#endif
