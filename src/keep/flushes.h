/* Flushes of a log that many processes write: one does for all lines that stood there when it began. */
#ifndef FLUSHES_H
#define FLUSHES_H

#include <stdint.h>
#include <sys/types.h>

#include "base/window.h"

/* What the processes of this host share for one file; each flushes for itself where nothing is shared. Must stay where it is. */
struct flushes {
	struct window window;
	int gate;         /* descriptor, or -1: nothing is shared */
	uint64_t head[4]; /* of the file, as it must stay */
};

/* Starts with nothing shared. */
void flushes_begin(struct flushes *);

/*
 * Shares from now on, by the file of that path, the flushes of the log with that device and inode, whose lock is held. Where that
 * can't be done nothing is shared, which is never wrong.
 */
void flushes_join(struct flushes *, const char *path, dev_t device, ino_t inode);

/* Gives a ticket for all that this process has written to the log till now; 0 where nothing is shared. */
uint64_t flushes_ticket(struct flushes *);

/* Makes what the ticket is for durable, by this process's own descriptor of the log or by others: 0, or -1 and errno. */
int flushes_flush(struct flushes *, int log, uint64_t ticket);

/* Lets go of it. */
void flushes_end(struct flushes *);

#endif
