/* DATA/FORM/decided.NODE: how far the lines of a node are decided. decided.c moves it on. */
#ifndef DECIDED_FILE_H
#define DECIDED_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keep/log.h"

/* How many days that are still to come may have lines that are decided. */
enum { DECIDED_AHEAD = 16 };

/* What the file holds. */
struct decided {
	uint16_t day;        /* all lines are decided of days before the one before this, */
	uint64_t before;     /* those of the day before this that stand before this offset, since posts may come late around midnight, */
	uint64_t now;        /* and those of this day before this one */
	uint64_t generation; /* the newest when the last of them was decided */
	uint16_t known_day;  /* lines before this place were decided once, but their claims may be lost */
	uint64_t known_offset;
	struct decided_ahead {
		uint16_t day;    /* after the first one, which was set back with the clock: */
		uint64_t offset; /* those of this day before this offset are decided too */
	} ahead[DECIDED_AHEAD];
	size_t ahead_n;
};

/* Reads the file of a node. Returns 1; 0 and ENOENT if it is missing, 0 and another errno if it is damaged; or -1 and errno. */
int decided_file_read(struct decided *, const struct log *, const char *node);

/* Writes the file of this node. If new is set, a file that is already there stays as it is. Returns 0, or -1 and errno. */
int decided_file_write(const struct decided *, const struct log *, bool new);

/* Tells whether both say the same. */
bool decided_file_is_same(const struct decided *, const struct decided *);

/* Takes how far a node is: nowhere, if its file is damaged. Anything but 0 ends the walk. */
typedef int decided_taker(void *context, const char *node, const struct decided *);

/*
 * Hands the file of each node that has one to the taker. Gives what ended the walk, 0 after the last. -1 and errno if one can't be read,
 * after all others.
 */
int decided_file_each(const struct log *, decided_taker *, void *context);

/* Writes the path of a node's file. */
void decided_file_path(const struct log *, const char *node, char path[PATH_MAX]);

/* Gives the offset before which all lines of a day are decided, UINT64_MAX for all that ever come. */
uint64_t decided_file_end(const struct decided *, uint16_t day);

/* Tells whether a place in the node's files is before what is decided. */
bool decided_file_covers(const struct decided *, uint16_t day, uint64_t offset);

#endif
