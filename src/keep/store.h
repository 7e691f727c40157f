/* The store: a data folder as a process has it open, with its secret, and a log and a key index for each form. */
#ifndef STORE_H
#define STORE_H

#include <stdint.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "base/text.h"
#include "config/config.h"
#include "keep/key.h"
#include "keep/kept.h"
#include "keep/log_line.h"

struct store;

/* Gives a store for the configuration, which it borrows; opens nothing yet. The caller frees it with store_free. */
struct store *store_new(const struct config *);

/* Sets the umask of this process, so that the files and folders that it makes have the modes that the key mode asks for. */
void store_umask(const struct config *);

/* Closes all that is open; NULL is fine. */
void store_free(struct store *);

/* Gives the secret, which is made if there is none and make is set. NULL on failure, which is logged, or if there is none. */
const struct secret *store_secret(struct store *, bool make);

/* Tells whether a post could use the secret or make it; if not, the reason is logged once, until it changes. */
bool store_has_secret(struct store *);

/*
 * Keeps a line that record_write made, unless a line with its key (which may be NULL) was kept before. Gives the id of the line
 * that is there now. Lines that are read live in the line's arena.
 */
enum store_kept store_keep(struct store *, const struct form *, struct text *line, time_t now, const struct key *, char id[ID_LENGTH + 1]);

/* Tells, once a minute at the most, whether a worker should decide the lines that hosts have left undecided (keep/decided.h). */
bool store_wants_worker(struct store *, const struct form *);

/* Erases the line of an id: 0. Logs a failure and gives -1. */
int store_erase(struct store *, const struct form *, struct span id, struct arena *);

/* Counts a post of a client to a form: 0, or the number of seconds until the form's rate allows another. */
uint64_t store_count(struct store *, const struct form *, const char *client);

/* Counts a post that was refused with a status, for monitoring. */
void store_count_refusal(struct store *, int status);

/* Tells whether so many seconds have passed at now since a moment, counting no leap of the clock ahead (keep/steady.h). */
bool store_has_passed(const struct store *, time_t since, uint64_t seconds, time_t now);

/* Tells whether an id may be that of an outcome whose day was archived (seeother archive). */
bool store_is_archived(struct store *, const struct form *, struct span id);

/* Finds the line of an id, in the arena. Logs a failure. */
enum log_found store_find(struct store *, const struct form *, struct span id, struct arena *, struct span *line);

#endif
