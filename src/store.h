/* The store: what one data folder keeps, as a process has it open: the secret, and a log for each form. */
#ifndef STORE_H
#define STORE_H

#include <time.h>

#include "arena.h"
#include "config.h"
#include "log.h"

struct store;

/* Gives a store for the configuration, which it borrows; nothing is opened yet. Free it. */
struct store *store_new(const struct config *);

/* Closes all that is open; NULL is fine. */
void store_free(struct store *);

/* Keeps a line that record_write made and gives its id: 0, or -1 with the reason said and nothing kept. */
int store_keep(struct store *, const struct form *, struct text *line, time_t now, char id[ID_LENGTH + 1]);

/* Finds the line of an id, in the arena. */
enum log_found store_find(struct store *, const struct form *, struct span id, struct arena *, struct span *line);

#endif
