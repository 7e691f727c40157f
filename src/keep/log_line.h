/* Lines of a log: found by an id or a place, erased, made durable. What is given is without the newline and lives in the arena. */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include "base/arena.h"
#include "base/span.h"
#include "keep/log.h"

enum log_found { LOG_FOUND, LOG_ABSENT, LOG_FAILED };

/* Finds the line of an id, in the files of all nodes. Logs a failure to read and gives LOG_FAILED. */
enum log_found log_line_find(const struct log *, const struct secret *, struct span id, struct arena *, struct span *line);

/* Reads the line at a place in this node's files; LOG_ABSENT unless a line with an id begins there. Logs a failure to read. */
enum log_found log_line_at(const struct log *, struct place, struct arena *, struct span *line);

/*
 * Reads whatever line begins at a place in this node's files, and gives the offset of the next unless end is NULL. One longer than
 * LOG_LINE_LONGEST is given as an empty one. LOG_ABSENT unless it ends in a newline. Logs a failure to read.
 */
enum log_found log_line_next(const struct log *, struct place, struct arena *, struct span *line, uint64_t *end);

/* Gives the offset behind the first newline in a file from an offset on: 1, or 0 if there is none. -1 and errno on failure. */
int log_line_end(int file, off_t from, off_t *end);

/* Overwrites all of an id's line but the id, and flushes. Logs a failure and gives LOG_FAILED. */
enum log_found log_line_erase(const struct log *, const struct secret *, struct span id, struct arena *);

/* Tells whether a line is void, even if a power cut has left some of it. */
bool log_line_is_void(struct span line);

/* Tells whether a void line says so and nothing else. */
bool log_line_is_whole_void(struct span line);

/* Makes the rest of a void line at a place in this node's files void too, without a flush. Logs a failure and gives -1. */
int log_line_finish_void(const struct log *, struct place);

/* Tells whether a line may be made void; it is asked under the lock of the line's file. */
typedef bool log_line_agreed(void *context);

/*
 * Makes the line of an id at a place in this node's files void if it is agreed to then: 0, also if it isn't there. Only that it is void is
 * flushed. Logs a failure and gives -1; gives -1 and ECANCELED if it is not agreed to.
 */
int log_line_void(const struct log *, struct span id, struct place, log_line_agreed *, void *context);

/*
 * Makes a line durable, whichever process wrote it: writes its bytes, newline included, once more under the lock, lest somebody
 * erases it meanwhile, and flushes. Logs a failure and gives -1, also if the line is no longer there.
 */
int log_line_renew(const struct log *, struct span line, struct place);

#endif
