/* The log of a form: one line per outcome, only ever appended. log.c describes the format and the promise. */
#ifndef LOG_H
#define LOG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/arena.h"
#include "base/held_folder.h"
#include "config/config.h"
#include "keep/day_file.h"
#include "keep/flushes.h"
#include "keep/id.h"
#include "keep/secret.h"

/* How each line begins; the id follows. */
#define LOG_LINE_START "{\"id\":\""

/*
 * What follows the id in an erased line, with spaces after it. Any other line has another byte at the mark, so that a single byte,
 * which no power cut can tear, tells that a line is erased.
 */
#define LOG_ERASED ",\"erased\":true}"
enum { LOG_ERASED_MARK = 2 };

/* What stands in place of a line that was taken back, with spaces after it. Again a single byte, at the mark, tells it from any other. */
#define LOG_VOID "{\"void\":true}"
enum { LOG_VOID_MARK = 2 };

/* Fills n bytes, the newline aside, with what stands in place of a line that was taken back. */
void log_fill_void(char *bytes, size_t n);

/* The longest line that is read, newline included, in bytes. The program writes none that long; a file may have been edited or damaged. */
enum { LOG_LINE_LONGEST = 256 * 1024 * 1024 };

/* A form's log as a process has it open; a day's file stays open from one request to the next. */
struct log {
	const char *data, *form, *node; /* borrowed: the data folder, the form's name, the node's or "" */
	const char *local;              /* likewise: the folder of this host for what its processes share in memory; NULL: the form's own */
	bool durable;
	struct day_file file;
	int lines;                 /* how many lines this process has written to the file: 0, 1, or 2 for more */
	struct flushes flushes;    /* shared with other processes from the second line on */
	uint64_t ticket;           /* of the line written last */
	off_t end;                 /* of what was written last, which ends in a newline; 0 if nothing was written to the file */
	struct held_folder claims; /* that of a generation of claims (generation.c), */
	uint64_t generation;       /* and of which */
};

/* Begins with no file open; the strings are borrowed. */
void log_begin(struct log *, const char *data, const char *form, const char *node, bool durable);

/*
 * Opens a day's file to read it, or, with O_RDWR, also to overwrite lines. Links are followed. Returns -1 and sets errno on failure,
 * without waiting also if a FIFO, a folder or a device has the file's name: EISDIR for a folder, else ESPIPE. If shared is set, what
 * another host has written or erased is seen, whatever this one remembers of the file.
 */
int log_open(const char *path, int flags, bool shared);

/* Opens the log's own file of a day in the same way, shared if the log has a node; writes its path. */
int log_open_day(const struct log *, uint16_t day, int flags, char path[PATH_MAX]);

/* A line to write, its newline included, which begins with LOG_LINE_START and room for an id. */
struct log_line {
	char *bytes;
	size_t length;
	struct place place; /* set when it is written */
};

/* A step to take under the lock right before a line is written; if it gives -1 and errno, the line is not written. */
struct log_claim {
	int (*take)(void *context, struct place);
	void *context;
};

/*
 * Sets a line's id, which is given too, and writes the line. After 0, log_flush or log_take_back must follow. Logs a failure, leaves
 * the file as it was, and gives -1. The claim may be NULL.
 */
int log_write(struct log *, const struct secret *, struct log_line *, time_t now, const struct log_claim *, char id[ID_LENGTH + 1]);

/* Does the same in the log of any day, which says nothing of the clock: for what belongs to that day's outcomes. */
int log_write_beside(struct log *, const struct secret *, struct log_line *, uint16_t day, char id[ID_LENGTH + 1]);

/* Forgets what this host remembers of the open file, which another host may have changed while this one slept. */
void log_refresh(struct log *);

/*
 * Appends an empty line to the file of a line that this process has written, as long as that is still there, or to that of the day of now
 * if the line is NULL. After 0, log_flush makes it durable, and with it what the file system did before. Logs a failure and gives -1;
 * ESTALE: the line is not there any more.
 */
int log_note(struct log *, const struct log_line *, time_t now);

/* Flushes the line written last, if the log is durable: 0. Logs a failure and gives -1: the line must be taken back then. */
int log_flush(struct log *);

/* Takes back a line whose flush failed: cuts it if it is the last, else overwrites it as void. Logs a failure and gives -1. */
int log_take_back(struct log *, struct log_line *);

/*
 * Writes a line of n bytes, newline included, and flushes it, or takes it back if the flush fails: 0. Logs a failure and gives -1:
 * nothing was kept, unless the disk refused to take the line back, which is logged too.
 */
int log_append(struct log *, const struct secret *, char *line, size_t n, time_t now, char id[ID_LENGTH + 1]);

/* Writes the path of the form's folder. */
void log_folder(const struct log *, char path[PATH_MAX]);

/* Writes the path of a day's file. */
void log_path(const struct log *, uint16_t day, const char *node, char path[PATH_MAX]);

/* Closes all that is open. */
void log_end(struct log *);

#endif
