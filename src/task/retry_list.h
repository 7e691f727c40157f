/* A list, in memory, of the jobs of a task that are to be tried again, read from the task's folder now and then. */
#ifndef RETRY_LIST_H
#define RETRY_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "keep/id.h"
#include "keep/secret.h"

struct retry {
	char id[ID_LENGTH + 1];
	time_t next; /* when it is due */
};

/* Starts as all zeroes. */
struct retry_list {
	struct retry *retries;
	size_t n, room;
	time_t read, pause; /* when the folder was read last, 0: never; how many seconds later it is read again */
	bool resumed;       /* all jobs that ran when a worker died were read, and could be looked at */
};

/* Adds a job. */
void retry_list_add(struct retry_list *, const char *id, time_t next);

/* Takes a job that is due off the list; false if none is. */
bool retry_list_take(struct retry_list *, time_t now, char id[ID_LENGTH + 1]);

/* Moves next to the time of the nearest job if that is earlier, or next is 0. False if the list is empty. */
bool retry_list_next(const struct retry_list *, time_t *next);

/*
 * Reads the list anew from a task's folder, unless that was done a moment ago. Until it is resumed, it takes jobs that say they
 * run, too: a worker died while they ran, or this one runs them. Jobs of other nodes are left to their workers. False if it was too early.
 */
bool retry_list_read(struct retry_list *, const char *folder, const char *node, const struct secret *, time_t now);

/* Frees the list. */
void retry_list_end(struct retry_list *);

#endif
