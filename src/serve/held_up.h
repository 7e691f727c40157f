/* Processes that a slow peer holds up: each finishes its one request beside the process that has taken its place. */
#ifndef HELD_UP_H
#define HELD_UP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/config.h"

/* The most at a time; one more makes the oldest give its request up. ROOM: with those that are about to end. */
enum { HELD_UP_MOST = 16, HELD_UP_ROOM = 64 };

struct held_up {
	size_t n;
	struct held_up_process {
		pid_t process;
		int connection; /* over which it asks for workers; -1 once closed */
		bool given_up;  /* it was told to end its request */
	} each[HELD_UP_ROOM];   /* the oldest first */
};

/* Adds a process and its connection, which this closes once it has ended. */
void held_up_add(struct held_up *, pid_t process, int connection);

/* Fills in what to poll for; returns how many. */
size_t held_up_events(const struct held_up *, struct pollfd events[HELD_UP_ROOM]);

/* Starts the workers that were asked for, as poll reports it, and forgets the processes that have ended. The configuration may be NULL. */
void held_up_serve(struct held_up *, const struct pollfd *events, const struct config *);

/* Closes the connections in a process that is just forked, and not theirs. */
void held_up_close(struct held_up *);

#endif
