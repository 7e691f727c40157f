/*
 * A line of marks holds its own id, the outcome it is about, when and by whom it was set, and what was set:
 *
 *   {"id":"…","of":"…","at":"2026-11-28T10:00:00.000Z","by":"alice","suspect":true,"read":true,"star":true,
 *    "note":"…","spam":false}
 *
 * "suspect" says that the outcome was taken for spam when it was posted; "spam" is what an owner says, null if that is taken back.
 * The last line to set something counts; among nodes, the one with the latest time.
 */
#define _GNU_SOURCE /* memmem */
#include "keep/marks.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/escape.h"
#include "keep/erase.h"
#include "base/text.h"
#include "keep/log_day.h"
#include "keep/log_line.h"
#include "keep/record.h"

enum { FOLDER_NAME = CONFIG_NAME_MAX + sizeof "/marks" };

/* Writes the name of the folder that a form's marks are in, as a log has it: below the data folder. */
static void write_folder_name(char name[FOLDER_NAME], const char *form)
{
	snprintf(name, FOLDER_NAME, "%s/marks", form);
}

/* --- reading ------------------------------------------------------------------------------------------------------- */

static int take_mark_line(void *context, struct place place, struct span line)
{
	struct marks *marks = context;
	(void)place;
	mark_table_take(marks->table, line);
	return 0;
}

/* Hands the marks of a day, of every node, to the taker, with the log that each line is of. */
static int each_file_of_day(const char *data, const char *form, uint16_t day, int (*act)(void *context, const struct log *), void *context)
{
	char name[FOLDER_NAME], path[PATH_MAX], node[CONFIG_NAME_MAX + 1];
	uint16_t found;
	int failed = 0;
	write_folder_name(name, form);
	snprintf(path, sizeof path, "%s/%s", data, name);
	DIR *folder = opendir(path);
	if (!folder && errno != ENOENT && errno != ENOTDIR) {
		diag_system("%s: the folder can't be read", path);
		return -1;
	}
	errno = 0; /* readdir gives NULL both at the end and on failure; only errno differs */
	for (struct dirent *entry; folder && (entry = readdir(folder)); errno = 0) {
		struct log log;
		if (!log_day_named(entry->d_name, &found, node) || found != day)
			continue;
		log_begin(&log, data, name, node, true);
		failed |= act(context, &log) < 0;
		log_end(&log);
	}
	if (folder && errno) {
		diag_system("%s: the folder can't be read", path);
		failed = 1;
	}
	if (folder)
		closedir(folder);
	return failed ? -1 : 0;
}

struct loading {
	struct marks *marks;
	uint16_t day;
};

static int load_file(void *context, const struct log *log)
{
	const struct loading *loading = context;
	return log_day_each(log, (struct place){.day = loading->day}, take_mark_line, loading->marks);
}

int marks_load(struct marks *marks, const char *data, const char *form, uint16_t day)
{
	struct loading loading = {marks, day};
	marks_free(marks);
	marks->table = mark_table_new();
	return each_file_of_day(data, form, day, load_file, &loading);
}

void marks_free(struct marks *marks)
{
	mark_table_free(marks->table);
	marks->table = NULL;
}

struct mark marks_of(const struct marks *marks, struct span id)
{
	return mark_table_of(marks->table, id);
}

struct marks_tally marks_count(const struct marks *marks)
{
	struct marks_tally tally = {0};
	struct mark mark;
	for (size_t i = 0; mark_table_next(marks->table, &i, &mark);) {
		bool spam = mark.spam == MARK_UNJUDGED ? mark.suspect : mark.spam == MARK_SPAM;
		tally.spam += (int64_t)spam - (int64_t)mark.suspect;
		tally.read += mark.read && !spam;
	}
	return tally;
}

/* --- setting ------------------------------------------------------------------------------------------------------- */

static void put_flag(struct text *line, const char *name, const bool *value)
{
	if (value)
		text_format(line, ",\"%s\":%s", name, *value ? "true" : "false");
}

/* Makes the line that sets marks of one outcome, with room for its own id. */
static struct text line_for(struct arena *arena, const struct marked *marked, const struct mark_change *change, const char *by, time_t now)
{
	struct text line = {.arena = arena};
	char stamp[DATE_STAMP];
	date_stamp_write(stamp, (struct timespec){.tv_sec = now});
	text_format(&line, LOG_LINE_START "%*s\",\"of\":\"%.*s\",\"at\":\"%s\",\"by\":", ID_LENGTH, "", (int)marked->id.length,
		marked->id.bytes, stamp);
	escape_json(&line, span_of(by));
	put_flag(&line, "suspect", marked->suspect ? &marked->suspect : NULL);
	put_flag(&line, "read", change->read);
	put_flag(&line, "star", change->star);
	if (change->spam)
		text_format(&line, ",\"spam\":%s", *change->spam == MARK_UNJUDGED ? "null" : *change->spam == MARK_SPAM ? "true" : "false");
	if (change->note) {
		text_put(&line, ",\"note\":");
		escape_json(&line, span_of(change->note));
	}
	text_put(&line, "}\n");
	return line;
}

int marks_set(const struct config *config, const struct form *form, const struct secret *secret, const struct marked *marked, size_t n,
	const struct mark_change *change, const char *by, time_t now)
{
	char name[FOLDER_NAME], id[ID_LENGTH + 1];
	struct arena arena = {0};
	struct place of = {0};
	struct log log;
	int failed = 0;
	bool written = false;
	uint16_t day = 0;
	write_folder_name(name, form->name);
	log_begin(&log, config->data, name, config->node, config->durable);
	for (size_t i = 0; i < n && !failed; i++) {
		if (!id_read(marked[i].id, secret, &of))
			continue;
		if (written && of.day != day) /* one flush for all marks of a day */
			failed = log_flush(&log);
		struct text text = line_for(&arena, &marked[i], change, by, now);
		struct log_line line = {.bytes = text.bytes, .length = text.length};
		failed = failed || log_write_beside(&log, secret, &line, of.day, id) < 0;
		written = true;
		day = of.day;
		arena_reset(&arena);
	}
	failed = failed || (written && log_flush(&log) < 0);
	log_end(&log);
	arena_free(&arena);
	return failed ? -1 : 0;
}

/* --- erasing ------------------------------------------------------------------------------------------------------- */

struct erasing {
	const struct log *log;
	const struct secret *secret;
	struct span id;
	uint16_t day;
};

static int erase_mark_line(void *context, struct place place, struct span line)
{
	const struct erasing *erasing = context;
	struct arena arena = {0};
	const size_t start = sizeof LOG_LINE_START - 1;
	(void)place;
	bool cut_short = record_erased(line) && !record_blank(line); /* it is finished, whichever outcome it is of */
	if (!cut_short && !memmem(line.bytes, line.length, erasing->id.bytes, erasing->id.length))
		return 0;
	json_t *read = json_loadb(line.bytes, line.length, 0, NULL);
	const char *of = json_string_value(json_object_get(read, "of"));
	bool wanted = cut_short || (of && span_is(erasing->id, of) && line.length > start + ID_LENGTH);
	json_decref(read);
	if (!wanted)
		return 0;
	struct span own = {arena_copy(&arena, line.bytes + start, ID_LENGTH), ID_LENGTH};
	enum log_found found = log_line_erase(erasing->log, erasing->secret, own, &arena);
	arena_free(&arena);
	return found == LOG_FAILED ? -1 : 0;
}

static int erase_in_file(void *context, const struct log *log)
{
	struct erasing *erasing = context;
	erasing->log = log;
	return log_day_each(log, (struct place){.day = erasing->day}, erase_mark_line, erasing);
}

int marks_erase(const struct config *config, const struct form *form, const struct secret *secret, struct span id)
{
	struct place place;
	if (!id_read(id, secret, &place))
		return 0;
	struct erasing erasing = {.secret = secret, .id = id, .day = place.day};
	return each_file_of_day(config->data, form->name, place.day, erase_in_file, &erasing);
}

static int erase_marks_file(void *context, const struct log *log)
{
	const uint16_t *day = context;
	char path[PATH_MAX];
	log_path(log, *day, log->node, path);
	return erase_file(path);
}

int marks_erase_day(const struct config *config, const struct form *form, uint16_t day)
{
	return each_file_of_day(config->data, form->name, day, erase_marks_file, &day);
}
