/* The store: what one data folder keeps, as a process has it open: the secret, and a log for each form. */
#ifndef STORE_H
#define STORE_H

#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "config/config.h"
#include "keep/key.h"
#include "keep/log_line.h"

struct store;

/* Gives a store for the configuration, which it borrows; nothing is opened yet. Free it. */
struct store *store_new(const struct config *);

/* Closes all that is open; NULL is fine. */
void store_free(struct store *);

/* Gives the secret, made where there is none and make is set; NULL where it can't be had, with the reason said unless it is not there. */
const struct secret *store_secret(struct store *, bool make);

enum store_kept {
	STORE_KEPT,
	STORE_KEPT_BEFORE, /* a line of the same key and content was there; it is on the disk too */
	STORE_KEPT_OTHER,  /* the key came before with other content; nothing was kept */
	STORE_FAILED       /* the reason is said, and nothing was kept */
};

/*
 * Keeps a line that record_write made, unless its key, which may be NULL, was kept before, and gives the id of the line that is
 * there now. What is looked at lives in the line's arena.
 */
enum store_kept store_keep(struct store *, const struct form *, struct text *line, time_t now, const struct key *,
	char id[ID_LENGTH + 1]);

/* Erases the line of an id: 0, or -1 with the reason said. */
int store_erase(struct store *, const struct form *, struct span id, struct arena *);

/* Counts a post of a client to a form: 0, or how many seconds it has to wait before the form's rate allows another. */
uint64_t store_count(struct store *, const struct form *, const char *client);

/* Finds the line of an id, in the arena. */
enum log_found store_find(struct store *, const struct form *, struct span id, struct arena *, struct span *line);

#endif
