/* The log of a form: one line an outcome, appended, never rewritten; see log.c for the format and the promise. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "arena.h"
#include "id.h"
#include "secret.h"
#include "text.h"

/* What a line begins with; the id comes next. */
#define LOG_LINE_START "{\"id\":\""

/* The file for a form and a day, kept open from one request to the next. */
struct log {
	const char *data, *form, *node; /* borrowed: the data folder, the form's name, the node's or "" */
	bool durable;
	int file; /* -1 where none is open */
	uint16_t day;
	dev_t device;
	ino_t inode;
};

enum log_found { LOG_FOUND, LOG_ABSENT, LOG_FAILED };

/* Starts a log with no file open; the strings are borrowed. */
void log_begin(struct log *, const char *data, const char *form, const char *node, bool durable);

/*
 * Appends a line of n bytes, its newline included, that begins with LOG_LINE_START and room for an id, which is set here and
 * given in id. 0 once the line is kept (on the disk, where durable); else -1, the reason said and the file as it was.
 */
int log_append(struct log *, const struct secret *, char *line, size_t n, time_t now, char id[ID_LENGTH + 1]);

/* Finds the line of an id and gives it, without its newline, in the arena; LOG_FAILED where reading fails, reason said. */
enum log_found log_find(const struct log *, const struct secret *, struct span id, struct arena *, struct span *line);

/* Closes the file. */
void log_end(struct log *);

#endif
