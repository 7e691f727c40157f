/* Records: what one line of the log holds (JSON), and the part of it that the visitor sees. */
#ifndef RECORD_H
#define RECORD_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/text.h"
#include "body/submission.h"
#include "config/config.h"

/* What the start of a line says, without reading all of it. */
struct record_start {
	struct span id;
	time_t received;
	struct span key; /* empty where there is none */
};

/* Reads the start of a form's line; false unless it begins as record_write begins one. */
bool record_start_read(struct span line, const char *form, struct record_start *);

/* Tells whether a line is what log_line_erase left of one, or was leaving when the power went. */
bool record_erased(struct span line);

/* Tells whether nothing else is left of a line that was erased. */
bool record_blank(struct span line);

/* Gives the client's name for an upload, made fit for the last part of a path, in the arena. */
const char *record_file_name(struct arena *, const json_t *file);

/* Writes where an upload that a record names is now: 0, or -1 and errno where it is nowhere. */
int record_upload(const char *data, const char *form, const json_t *file, char path[PATH_MAX]);

/* Tells whether a line that is a record was marked as spam. */
bool record_is_spam(struct span line);

/* Reads a line; NULL where it is no record. The caller lets go of it with json_decref. */
json_t *record_read(struct span line);

/* Gives what the visitor may see, or all fields and files, as JSON on several lines, in the arena. */
struct text record_public(struct arena *, const struct form *, const json_t *record, bool all);

#endif
