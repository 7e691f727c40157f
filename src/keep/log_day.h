/* The files of a log, one for each day: which there are, how long they are, and the lines in them. */
#ifndef LOG_DAY_H
#define LOG_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "keep/log.h"

/* Tells whether a name is YYYY-MM-DD.jsonl or YYYY-MM-DD.NODE.jsonl, and gives the day and the node ("" for the first). */
bool log_day_named(const char *name, uint16_t *day, char node[CONFIG_NAME_MAX + 1]);

/* Gives the length of a day's file of this node in bytes, 0 if there is no such file. -1 and errno on failure. */
int log_day_size(const struct log *, uint16_t day, uint64_t *size);

/* Writes the path of the note that a day's log was archived, YYYY-MM-DD.archived or YYYY-MM-DD.NODE.archived. */
void log_day_note(const struct log *, uint16_t day, const char *node, char path[PATH_MAX]);

/* Tells whether a day's log of this node was archived. It may be back, or the clock was set back and a new one begun. */
bool log_day_is_archived(const struct log *, uint16_t day);

/* What the next two give instead of a day, which may be 0: a board without a battery begins in 1970. */
enum { LOG_DAY_NONE = -1, LOG_DAY_FAILED = -2 };

/* Gives the newest day for which this node has a file, LOG_DAY_NONE if it has none. Logs a failure and gives LOG_DAY_FAILED. */
int log_day_newest(const struct log *);

/* Gives the oldest day, at or after from, for which this node has a file; the same where there is none, and on failure. */
int log_day_oldest(const struct log *, int64_t from);

/* Flushes a day's file of this node, whichever process wrote it. Logs a failure and gives -1. */
int log_day_flush(const struct log *, uint16_t day);

/* Takes a line, without its newline, valid until it returns. Anything but 0 ends the walk. */
typedef int log_taker(void *context, struct place, struct span line);

/*
 * Hands each line of a day's file of this node to the taker, from a place on; a tail without a newline is left out. A line longer than
 * LOG_LINE_LONGEST is logged and handed over as an empty one, without a newline behind it. Gives what ended the walk, 0 after the last line. Logs a failure to read
 * and gives -1.
 */
int log_day_each(const struct log *, struct place from, log_taker *, void *context);

#endif
