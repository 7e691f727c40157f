/* Reads the lines that record_write.c wrote. */
#include "keep/record.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/span.h"
#include "keep/key.h"
#include "keep/log.h"
#include "keep/record_json.h"
#include "keep/record_types.h"

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, json_made(value)) < 0)
		diag_die("out of memory");
}

/* Moves past a text at the front of the span; false if the span begins otherwise. */
static bool skip_text(struct span *rest, const char *text)
{
	size_t n = strlen(text);
	if (rest->length < n || memcmp(rest->bytes, text, n) != 0)
		return false;
	*rest = (struct span){rest->bytes + n, rest->length - n};
	return true;
}

/* Takes what comes before the next quote, and moves past the quote. */
static bool take_quoted(struct span *rest, struct span *taken)
{
	const char *quote = rest->length ? memchr(rest->bytes, '"', rest->length) : NULL;
	if (!quote)
		return false;
	*taken = (struct span){rest->bytes, (size_t)(quote - rest->bytes)};
	*rest = (struct span){quote + 1, rest->length - taken->length - 1};
	return true;
}

bool record_start_read(struct span line, const char *form, struct record_start *start)
{
	struct span name, received;
	char stamp[DATE_STAMP] = "";
	*start = (struct record_start){0};
	if (!skip_text(&line, LOG_LINE_START) || !take_quoted(&line, &start->id) || !skip_text(&line, ",\"form\":\"") ||
		!take_quoted(&line, &name) || !span_is(name, form) || !skip_text(&line, ",\"received\":\"") ||
		!take_quoted(&line, &received) || received.length != DATE_STAMP - 1)
		return false;
	memcpy(stamp, received.bytes, received.length);
	start->stamp = received;
	if (!date_stamp_read(stamp, &start->received))
		return false;
	return !skip_text(&line, ",\"key\":\"") || take_quoted(&line, &start->key);
}

bool record_erased(struct span line)
{
	struct span id;
	return skip_text(&line, LOG_LINE_START) && take_quoted(&line, &id) && line.length > LOG_ERASED_MARK &&
		line.bytes[LOG_ERASED_MARK] == LOG_ERASED[LOG_ERASED_MARK];
}

bool record_blank(struct span line)
{
	struct span id;
	if (!skip_text(&line, LOG_LINE_START) || !take_quoted(&line, &id) || !skip_text(&line, LOG_ERASED))
		return false;
	while (line.length && line.bytes[line.length - 1] == ' ')
		line.length--;
	return line.length == 0;
}

const char *record_file_name(struct arena *arena, const json_t *file)
{
	const char *name = json_string_value(json_object_get(file, "filename"));
	char *fit = arena_copy(arena, name && *name ? name : "file", strlen(name && *name ? name : "file"));
	for (char *c = fit; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '/' || *c == '\\')
			*c = '_';
	return strcmp(fit, ".") == 0 || strcmp(fit, "..") == 0 ? "file" : fit;
}

const char *record_upload_path(const json_t *file)
{
	static const char start[] = "files/";
	const char *path = json_string_value(json_object_get(file, "path"));
	char day[DATE_DAY] = "";
	if (!path || strncmp(path, start, sizeof start - 1) != 0)
		return NULL;
	snprintf(day, sizeof day, "%s", path + sizeof start - 1);
	const char *name = path + sizeof start - 1 + strlen(day);
	return date_day_valid(day) && name[0] == '/' && name[1] && !strchr(name + 1, '/') && strcmp(name, "/..") != 0 &&
			strcmp(name, "/.") != 0 && strlen(name) < NAME_MAX
		? path
		: NULL;
}

int record_upload(const char *data, const char *form, const json_t *file, char path[PATH_MAX])
{
	path[0] = '\0';
	const char *where = record_upload_path(file), *name = where ? strrchr(where, '/') : NULL;
	if (!name) {
		errno = ENOENT;
		return -1;
	}
	snprintf(path, PATH_MAX, "%s/%s/%s", data, form, where);
	if (access(path, R_OK) == 0 || errno != ENOENT)
		return 0;
	snprintf(path, PATH_MAX, "%s/%s/files/incoming%s", data, form, name);
	return access(path, R_OK);
}

bool record_is_spam(struct span line)
{
	json_t *record = record_read(line);
	bool spam = json_object_get(record, "spam") != NULL;
	json_decref(record);
	return spam;
}

json_t *record_read(struct span line)
{
	json_t *record = record_json(line);
	bool whole = json_is_object(record) && json_is_string(json_object_get(record, "id")) &&
		json_is_string(json_object_get(record, "received")) && json_is_object(json_object_get(record, "fields"));
	if (!whole) {
		json_decref(record);
		return NULL;
	}
	static bool said;
	if (!record_types_repair(record) && !said) {
		said = true;
		diag_error(
			"the outcome %.*s has values of types that this program does not write: they are left out, of this and of others",
			ID_LENGTH, json_string_value(json_object_get(record, "id")));
	}
	return record;
}

static json_t *public_files(const struct form *form, const json_t *record, bool all)
{
	static const char *const open_keys[] = {"field", "filename", "type", "size", "sha256"};
	json_t *files = json_made(json_array()), *file;
	size_t i;
	json_array_foreach(json_object_get(record, "files"), i, file) {
		const char *field = json_string_value(json_object_get(file, "field"));
		if (!field || (!all && !form_shows(form, span_of(field))))
			continue;
		json_t *seen = json_made(json_object());
		set(seen, "number", json_integer((json_int_t)i + 1));
		for (size_t k = 0; k < sizeof open_keys / sizeof *open_keys; k++)
			if (json_object_get(file, open_keys[k]))
				set(seen, open_keys[k], json_incref(json_object_get(file, open_keys[k])));
		if (json_array_append_new(files, seen) < 0)
			diag_die("out of memory");
	}
	return files;
}

struct text record_public(struct arena *arena, const struct form *form, const json_t *record, bool all)
{
	static const char *const open_keys[] = {"id", "form", "received"};
	struct text out = {.arena = arena};
	json_t *seen = json_made(json_object()), *fields = json_made(json_object()), *value;
	const char *name;
	for (size_t i = 0; i < sizeof open_keys / sizeof *open_keys; i++)
		if (json_object_get(record, open_keys[i]))
			set(seen, open_keys[i], json_incref(json_object_get(record, open_keys[i])));
	json_object_foreach(json_object_get(record, "fields"), name, value)
		if (all || form_shows(form, span_of(name)))
			set(fields, name, json_incref(value));
	set(seen, "fields", fields);
	set(seen, "files", public_files(form, record, all));
	if (all && json_object_get(record, "extra"))
		set(seen, "extra", json_incref(json_object_get(record, "extra")));
	if (all && json_object_get(record, "spam"))
		set(seen, "spam", json_incref(json_object_get(record, "spam")));
	json_write(&out, seen, JSON_INDENT(2));
	json_decref(seen);
	text_put(&out, "\n");
	return out;
}
