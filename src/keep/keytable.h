/*
 * The table of a keyring: from the first 8 bytes of a key's name to day, offset and state of its line, in one number, so that an
 * older line has a smaller one.
 */
#ifndef KEYTABLE_H
#define KEYTABLE_H

#include <limits.h>

#include "keep/keyring.h"

enum { KEYTABLE_WRITTEN = 1, KEYTABLE_DURABLE = 2, KEYTABLE_STATES = 255 };

/* Gives what stands in the table for a line, and which line that is. */
uint64_t keytable_value(struct place, unsigned state);
struct place keytable_place(uint64_t value);

/* Gives what a key is found under. */
uint64_t keytable_start(const struct key *);

/* Writes the path of the table. */
void keytable_path(const struct keyring *, char path[PATH_MAX]);

/* Opens the table, and makes it anew where it is not whole; -1 and errno. The keyring is locked, here and below. */
int keytable_open(struct keyring *, time_t now);

/* Makes the table anew from the logs of the time that keys are remembered; -1 and errno. */
int keytable_make(struct keyring *, time_t now);

/*
 * Makes room: by forgetting what is remembered no longer, else by a larger table, and at its bound by forgetting the oldest. It is
 * left with room for as many again, so that this comes seldom. -1 and errno.
 */
int keytable_make_room(struct keyring *, time_t now);

#endif
