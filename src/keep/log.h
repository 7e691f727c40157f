/* The log of a form: one line an outcome, appended, never rewritten; see log.c for the format and the promise. */
#ifndef LOG_H
#define LOG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "base/text.h"
#include "config/config.h"
#include "keep/flushes.h"
#include "keep/id.h"
#include "keep/secret.h"

/* What a line begins with; the id comes next. */
#define LOG_LINE_START "{\"id\":\""

/*
 * What stands behind the id in a line that was erased, spaces after it. Any other line has another byte at the mark, so that one
 * byte, which no power cut can tear, tells that it is erased.
 */
#define LOG_ERASED ",\"erased\":true}"
enum { LOG_ERASED_MARK = 2 };

/* The file for a form and a day, kept open from one request to the next. */
struct log {
	const char *data, *form, *node; /* borrowed: the data folder, the form's name, the node's or "" */
	bool durable;
	int file; /* -1 where none is open */
	uint16_t day;
	dev_t device;
	ino_t inode;
	int lines;              /* that this process has written to it; 2 are many */
	struct flushes flushes; /* which it shares with others from its second line on */
	uint64_t ticket;        /* for the line written last */
};

/* Starts a log with no file open; the strings are borrowed. */
void log_begin(struct log *, const char *data, const char *form, const char *node, bool durable);

/* A line to write: n bytes, its newline included, that begin with LOG_LINE_START and room for an id. */
struct log_line {
	char *bytes;
	size_t length;
	struct place place; /* once it is written */
};

/* What has to be done under the lock right before a line is written; -1 and errno: it is not written. */
struct log_claim {
	int (*take)(void *context, struct place);
	void *context;
};

/*
 * Writes a line, with its id set, which is given too. 0, and then log_flush or log_take_back must follow; or -1 with the reason
 * said and the file as it was. The claim may be NULL.
 */
int log_write(struct log *, const struct secret *, struct log_line *, time_t now, const struct log_claim *, char id[ID_LENGTH + 1]);

/* Makes what was written last durable, where the log is: 0, or -1 with the reason said; then the line must be taken back. */
int log_flush(struct log *);

/* Takes back a line whose flush failed: cut where it is the last, else made void, here too; -1 with the reason said. */
int log_take_back(struct log *, struct log_line *);

/*
 * All of it: writes n bytes, their newline included, and flushes or takes back. 0, or -1 with the reason said: nothing is kept,
 * or a line that the disk did not let be taken back, which is said too.
 */
int log_append(struct log *, const struct secret *, char *line, size_t n, time_t now, char id[ID_LENGTH + 1]);

/* Writes the path of the form's folder. */
void log_folder(const struct log *, char path[PATH_MAX]);

/* Writes the path of a day's file. */
void log_path(const struct log *, uint16_t day, const char *node, char path[PATH_MAX]);

/* Closes the file. */
void log_end(struct log *);

#endif
