/* Shared flushes of a log that many processes write: one flush covers all lines written before it began. */
#ifndef FLUSHES_H
#define FLUSHES_H

#include <stdint.h>
#include <sys/types.h>

#include "base/mapping.h"

/* What the processes of this host share for one log; if nothing is shared, each flushes for itself. Must not be moved in memory. */
struct flushes {
	struct mapping mapping;
	int gate;         /* descriptor, or -1: nothing is shared */
	uint64_t head[4]; /* the page's head, which must not change */
};

/* Begins with nothing shared. */
void flushes_begin(struct flushes *);

/*
 * Shares from now on, through the file at that path, the flushes of the log with that device and inode, whose lock is held. On
 * failure nothing is shared, which is slower and never wrong.
 */
void flushes_join(struct flushes *, const char *path, dev_t device, ino_t inode);

/* Gives a ticket for all that this process has written to the log so far; 0 if nothing is shared. */
uint64_t flushes_ticket(struct flushes *);

/* Waits until the ticket's lines are durable, by a flush of this process or of another: 0, or -1 and errno. */
int flushes_flush(struct flushes *, int log, uint64_t ticket);

/* Closes what is shared. */
void flushes_end(struct flushes *);

#endif
