/* Lines with keys on one host: the key index finds them. */
#ifndef KEYED_TABLE_H
#define KEYED_TABLE_H

#include <stdint.h>
#include <time.h>

#include "base/text.h"
#include "keep/kept.h"
#include "keep/key_index.h"

/* What a form has open. */
struct keyed_table {
	struct log *log; /* borrowed */
	struct key_index index;
};

/* Begins with nothing open; the log is borrowed. */
void keyed_table_begin(struct keyed_table *, struct log *, uint64_t remember);

/* Closes all of it. */
void keyed_table_end(struct keyed_table *);

/* Does what keyed_keep says, by the key index, which is locked from the look-up until the line is written. */
enum store_kept keyed_table_keep(
	struct keyed_table *, const struct secret *, struct text *line, time_t now, const struct key *, char id[ID_LENGTH + 1]);

#endif
