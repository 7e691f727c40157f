/*
 * {"id","form","received","fields":{…},"files":[{"field","filename","type","size","sha256","path"}],"client":{"address","agent"}}, and only where there is something in
 * it: "key", behind "received", what makes another submission the same one (key.h); "extra", fields that config.ini does not know;
 * "spam", the reason for a suspicion. A value is a string; where a name was
 * posted more than once, an array of strings in their order.
 */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "date.h"
#include "diag.h"
#include "id.h"
#include "json.h"
#include "log.h"

enum { AGENT_MAX = 500 };

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, json_made(value)) < 0)
		diag_die("out of memory");
}

/* The bytes are known to be UTF-8. */
static json_t *string_of(struct span value)
{
	return json_made(json_stringn_nocheck(value.bytes, value.length));
}

static void add_value(json_t *fields, struct span name, struct span value)
{
	json_t *had = json_object_getn(fields, name.bytes, name.length), *list = had;
	int failed = 0;
	if (had && !json_is_array(had)) {
		list = json_made(json_array());
		failed = json_array_append(list, had) < 0 ||
			json_object_setn_new_nocheck(fields, name.bytes, name.length, list) < 0;
	}
	if (had)
		failed |= json_array_append_new(list, string_of(value)) < 0;
	else
		failed = json_object_setn_new_nocheck(fields, name.bytes, name.length, string_of(value)) < 0;
	if (failed)
		diag_die("out of memory");
}

/* A string from outside that may hold anything, cut to a length. */
static json_t *repaired(struct arena *arena, const char *string)
{
	struct text text = {.arena = arena};
	if (!string)
		return json_made(json_null());
	size_t n = strlen(string);
	utf8_repair(&text, string, n < AGENT_MAX ? n : AGENT_MAX);
	return string_of((struct span){text_string(&text), text.length});
}

static json_t *files_of(const struct submission *submission)
{
	json_t *files = json_made(json_array());
	for (const struct file *file = submission->files; file; file = file->next) {
		json_t *one = json_made(json_object());
		set(one, "field", string_of(file->field));
		set(one, "filename", string_of(file->filename));
		set(one, "type", string_of(span_of(file->type)));
		set(one, "size", json_integer((json_int_t)file->size));
		set(one, "sha256", json_string(file->sha256));
		set(one, "path", json_string(file->path));
		if (json_array_append_new(files, one) < 0)
			diag_die("out of memory");
	}
	return files;
}

static json_t *compose(struct arena *arena, const struct form *form, const struct submission *submission,
	const struct receipt *receipt)
{
	char blank[ID_LENGTH + 1] = "", stamp[DATE_STAMP];
	json_t *record = json_made(json_object()), *fields = json_made(json_object()), *extra = json_made(json_object());
	json_t *client = json_made(json_object());
	memset(blank, '-', ID_LENGTH);
	date_stamp_write(stamp, receipt->at);
	for (size_t i = 0; i < submission->n; i++) {
		if (submission_is_control(submission->pairs[i].name))
			continue;
		bool known = !form->fields_n || form_field(form, submission->pairs[i].name);
		add_value(known ? fields : extra, submission->pairs[i].name, submission->pairs[i].value);
	}
	set(record, "id", json_string(blank));
	set(record, "form", json_string(form->name));
	set(record, "received", json_string(stamp));
	if (receipt->key)
		set(record, "key", json_string(receipt->key));
	set(record, "fields", fields);
	if (json_object_size(extra))
		set(record, "extra", json_incref(extra));
	json_decref(extra);
	set(record, "files", files_of(submission));
	set(client, "address", repaired(arena, receipt->address));
	set(client, "agent", repaired(arena, receipt->agent));
	set(record, "client", client);
	if (receipt->suspect)
		set(record, "spam", json_string(receipt->suspect));
	return record;
}

struct text record_write(struct arena *arena, const struct form *form, const struct submission *submission,
	const struct receipt *receipt)
{
	struct text line = {.arena = arena};
	json_t *record = compose(arena, form, submission, receipt);
	json_write(&line, record, JSON_COMPACT);
	json_decref(record);
	text_put(&line, "\n");
	return line;
}

/* Takes a text off the front of the span; false where it is not there. */
static bool skip(struct span *rest, const char *text)
{
	size_t n = strlen(text);
	if (rest->length < n || memcmp(rest->bytes, text, n) != 0)
		return false;
	*rest = (struct span){rest->bytes + n, rest->length - n};
	return true;
}

/* Takes what stands before the next quote, which is passed too. */
static bool take(struct span *rest, struct span *taken)
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
	if (!skip(&line, LOG_LINE_START) || !take(&line, &start->id) || !skip(&line, ",\"form\":\"") || !take(&line, &name) ||
	    !span_is(name, form) || !skip(&line, ",\"received\":\"") || !take(&line, &received) || received.length != DATE_STAMP - 1)
		return false;
	memcpy(stamp, received.bytes, received.length);
	if (!date_stamp_read(stamp, &start->received))
		return false;
	return !skip(&line, ",\"key\":\"") || take(&line, &start->key);
}

bool record_erased(struct span line)
{
	struct span id;
	return skip(&line, LOG_LINE_START) && take(&line, &id) && skip(&line, LOG_ERASED);
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

int record_upload(const char *data, const char *form, const json_t *file, char path[PATH_MAX])
{
	const char *where = json_string_value(json_object_get(file, "path")), *name = where ? strrchr(where, '/') : NULL;
	if (!name || strncmp(where, "files/", 6) != 0 || strstr(where, "..")) {
		errno = EINVAL;
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
	json_error_t error;
	json_t *record = json_loadb(line.bytes, line.length, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	bool whole = json_is_object(record) && json_is_string(json_object_get(record, "id")) &&
		json_is_string(json_object_get(record, "received")) && json_is_object(json_object_get(record, "fields"));
	if (!whole) {
		json_decref(record);
		return NULL;
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
		set(seen, open_keys[i], json_incref(json_object_get(record, open_keys[i])));
	json_object_foreach(json_object_get(record, "fields"), name, value)
		if (all || form_shows(form, span_of(name)))
			set(fields, name, json_incref(value));
	set(seen, "fields", fields);
	set(seen, "files", public_files(form, record, all));
	if (all && json_object_get(record, "spam"))
		set(seen, "spam", json_incref(json_object_get(record, "spam")));
	json_write(&out, seen, JSON_INDENT(2));
	json_decref(seen);
	text_put(&out, "\n");
	return out;
}
