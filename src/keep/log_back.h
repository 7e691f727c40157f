/* A form's log read backwards: the newest line first, across the files of all days and nodes. */
#ifndef LOG_BACK_H
#define LOG_BACK_H

#include <stdint.h>

#include "base/span.h"
#include "keep/log.h"
#include "keep/log_line.h"

struct log_back;

/* A line as it is read, valid until the next call. */
struct log_back_line {
	uint16_t day;
	const char *node; /* "" for the node without a name */
	uint64_t offset;  /* of its first byte in the file */
	struct span line; /* without its newline */
};

/* Opens the log of a form for the days from oldest to newest, both included. Free it with log_back_close. */
struct log_back *log_back_open(const char *data, const char *form, int64_t newest, int64_t oldest);

/*
 * Goes on behind a line that was read before: only older ones come from now on. The place is that of its id, and received its time
 * as the line has it (DATE_STAMP - 1 bytes), or empty if that is not known. To be called before the first line is read.
 */
void log_back_resume(struct log_back *, struct place, struct span received);

/* Reads the next older line; LOG_ABSENT at the end. Logs a file that can't be read, passes it over, and gives LOG_FAILED at the end. */
enum log_found log_back_next(struct log_back *, struct log_back_line *);

/* Gives how many bytes were read so far. */
uint64_t log_back_bytes(const struct log_back *);

/* Frees it; NULL is fine. */
void log_back_close(struct log_back *);

#endif
