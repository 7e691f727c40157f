/* Records: reading a line of the log, which is JSON, and the part of it that a visitor may see. */
#ifndef RECORD_H
#define RECORD_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/span.h"
#include "base/text.h"
#include "body/submission.h"
#include "config/config.h"

/* What the start of a line tells, without parsing all of it. */
struct record_start {
	struct span id;
	time_t received;
	struct span stamp; /* the same as it is written, DATE_STAMP - 1 bytes */
	struct span key;   /* empty if the line has none */
};

/* Reads the start of a form's line; false unless it begins as record_write begins one. */
bool record_start_read(struct span line, const char *form, struct record_start *);

/* Tells whether a line was erased, completely or until the power was cut. */
bool record_erased(struct span line);

/* Tells whether a line was erased completely. */
bool record_blank(struct span line);

/* Gives the client's name for an upload in the arena, made safe as the last segment of a path. */
const char *record_file_name(struct arena *, const json_t *file);

/* Gives the path of an upload below the form's folder, files/YYYY-MM-DD/NAME; NULL if a record names none that may be one. */
const char *record_upload_path(const json_t *file);

/* Writes the current path of an upload that a record names: 0, or -1 and errno if there is none. */
int record_upload(const char *data, const char *form, const json_t *file, char path[PATH_MAX]);

/* Tells whether a line was marked as spam. */
bool record_is_spam(struct span line);

/*
 * Parses a line; NULL if it is not a record. Its members have the types that record_write gives them: what differs is left out, and
 * logged once. The caller frees it with json_decref.
 */
json_t *record_read(struct span line);

/* Gives what the visitor may see, or everything if all is set, as indented JSON in the arena. */
struct text record_public(struct arena *, const struct form *, const json_t *record, bool all);

#endif
