/* Making tables: in memory first, so that others only ever see a whole one. */
#ifndef TABLE_MAKE_H
#define TABLE_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "table/table.h"

/*
 * Starts an empty table for that many entries (it takes half as many again before it is full). It is open, but others do not see it
 * until it is published. Its disk space is taken at once, as PATH.new. Returns -1 and sets errno, with nothing open; ERANGE if room
 * is above TABLE_ROOM_MAX.
 */
int table_make(struct table *, const char *path, uint64_t room);

/* Writes a table that was made and gives it its name; on failure returns -1, sets errno, and gives the table up. */
int table_make_publish(struct table *, const char *path);

/*
 * Makes and publishes a table of that room in place of the open one, with all entries for which wanted returns true; then the new one
 * is open. Unless TABLE_FINE is returned, nothing has changed. TABLE_FULL: too many entries are wanted for the room.
 */
enum table_state table_make_renew(
	struct table *, const char *path, uint64_t room, bool (*wanted)(void *context, uint64_t key, uint64_t value), void *context);

#endif
