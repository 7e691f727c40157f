/*
 * An owner's mail has all fields, also those that the form does not know. A receipt has what the outcome's page shows, unless
 * anything can be typed there: its reader may be a stranger, whose address somebody has typed.
 */
#include "task/mailing.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "config/catalogue.h"
#include "config/option_list.h"
#include "keep/id.h"
#include "keep/record.h"

const json_t *mailing_posted(const json_t *record, const char *name)
{
	json_t *fields = json_object_get(record, "fields"), *value = json_object_get(fields, name), *other;
	const char *key;
	json_object_foreach(fields, key, other)
		if (!value && strcasecmp(key, name) == 0)
			value = other;
	return value;
}

const char *mailing_line(struct arena *arena, const char *text)
{
	char *line = arena_copy(arena, text, strlen(text));
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return line;
}

/* --- values ---------------------------------------------------------------------------------------------------------- */

/* Gives a string of the record. A NUL becomes U+FFFD, so that nothing behind it is lost. */
static const char *shown_string(const json_t *string, struct arena *arena)
{
	struct text out = {.arena = arena};
	const char *value = json_string_value(string), *end = value + json_string_length(string);
	for (;; value++) {
		text_put(&out, value);
		value += strlen(value);
		if (value == end)
			return text_string(&out);
		text_put(&out, "\xef\xbf\xbd");
	}
}

/* The program writes only strings, but an edited or imported log may hold anything: it stays JSON. */
const char *mailing_shown(const struct mailing *mailing, const struct field *field, const json_t *value)
{
	struct text out = {.arena = mailing->arena};
	const char *text = json_string_value(value);
	if (field && text && option_list_has(&field->options, text))
		return option_list_label(&field->options, text);
	if (field && text && *text && field->type == FIELD_CHECKBOX && !field->options.n)
		return message_text(mailing->catalogue, MESSAGE_YES);
	if (text)
		return shown_string(value, mailing->arena);
	json_write(&out, value, JSON_COMPACT | JSON_ENCODE_ANY);
	return text_string(&out);
}

/* Tells whether a value can be anything that a visitor likes to type, and so an advertisement in a stranger's receipt. */
static bool is_free_text(const struct field *field)
{
	return !field ||
		(field->type != FIELD_NUMBER && field->type != FIELD_DATE && field->type != FIELD_CHOICE && field->type != FIELD_CHECKBOX);
}

/* Tells whether the message has the values of a field: all for an owner; for a visitor those that the outcome's page shows as well. */
static bool mails_field(const struct mailing *mailing, const struct field *field, const char *name)
{
	if (mailing->task->kind == TASK_REPLY)
		return form_shows(mailing->form, span_of(name)) && (mailing->task->quote || !is_free_text(field));
	return !field || (field->type != FIELD_TRAP && field->type != FIELD_FILE);
}

static void add_mail_row(struct mailing *mailing, const struct field *field, const char *name, const json_t *value)
{
	size_t n = json_is_array(value) ? json_array_size(value) : 1;
	struct mail_row *row = &mailing->rows[mailing->rows_n++];
	*row = (struct mail_row){.label = field ? field->label : mailing_line(mailing->arena, name), .n = n};
	row->values = arena_take(mailing->arena, (n + 1) * sizeof *row->values);
	for (size_t i = 0; i < n; i++)
		row->values[i] = mailing_shown(mailing, field, json_is_array(value) ? json_array_get(value, i) : value);
}

/* Adds what was posted for one field of the form; for NULL, what was posted under the names that the form does not know. */
static void add_fields(struct mailing *mailing, const struct field *field)
{
	json_t *fields = json_object_get(mailing->record, "fields"), *value;
	const char *name;
	json_object_foreach(fields, name, value)
		if (form_field(mailing->form, span_of(name)) == field && mails_field(mailing, field, name))
			add_mail_row(mailing, field, name, value);
}

/* Fields beside those that the form lists. Names that begin with _ are instructions to the services that the form was written for. */
static void add_extra(struct mailing *mailing)
{
	json_t *extra = json_object_get(mailing->record, "extra"), *value;
	const char *name;
	json_object_foreach(extra, name, value)
		if (name[0] != '_')
			add_mail_row(mailing, NULL, name, value);
}

static void add_rows(struct mailing *mailing)
{
	size_t most =
		json_object_size(json_object_get(mailing->record, "fields")) + json_object_size(json_object_get(mailing->record, "extra"));
	mailing->rows = arena_take(mailing->arena, (most + 1) * sizeof *mailing->rows);
	for (size_t i = 0; i < mailing->form->fields_n; i++)
		add_fields(mailing, &mailing->form->fields[i]);
	add_fields(mailing, NULL);
	if (mailing->task->kind != TASK_REPLY)
		add_extra(mailing);
}

/* --- files ----------------------------------------------------------------------------------------------------------- */

static void add_mail_files(struct mailing *mailing)
{
	const json_t *files = json_object_get(mailing->record, "files"), *file;
	size_t i;
	mailing->files = arena_take(mailing->arena, (json_array_size(files) + 1) * sizeof *mailing->files);
	json_array_foreach(files, i, file) {
		const char *field = json_string_value(json_object_get(file, "field"));
		mailing->files[mailing->files_n++] = (struct mail_file){.name = record_file_name(mailing->arena, file),
			.size = json_integer_value(json_object_get(file, "size")),
			.shown = mailing->task->kind != TASK_REPLY ||
				(field && form_shows(mailing->form, span_of(field)) && mailing->task->quote)};
	}
}

void mailing_read_files(struct mailing *mailing)
{
	uint64_t room = mailing->task->kind == TASK_MAIL ? mailing->task->attach : 0;
	const json_t *files = json_object_get(mailing->record, "files");
	for (size_t i = 0; i < mailing->files_n && mailing->task->kind == TASK_MAIL; i++) {
		char path[PATH_MAX];
		struct mail_file *file = &mailing->files[i];
		if ((uint64_t)file->size > room)
			continue;
		if (record_upload(mailing->config->data, mailing->form->name, json_array_get(files, i), path) < 0 ||
			file_read(path, (size_t)room, mailing->arena, &file->content) < 0) {
			file->content = (struct span){0};
			diag_system("%s: can't be read, so the mail goes without it", path);
		} else {
			room -= (uint64_t)file->size;
		}
	}
}

const char *mailing_file_line(const struct mailing *mailing, const struct mail_file *file)
{
	bool all = mailing->task->kind == TASK_REPLY || file->content.bytes;
	return message_fill(mailing->catalogue, all ? MESSAGE_MAIL_FILE : MESSAGE_MAIL_FILE_LEFT, mailing->arena, "name", file->name, "n",
		text_printed(mailing->arena, "%" JSON_INTEGER_FORMAT, file->size), NULL);
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

static const struct catalogue *catalogue_of(const struct config *config, const struct form *form, struct arena *arena)
{
	const struct words *languages = form->languages.n ? &form->languages : &config->languages;
	struct text faults = {.arena = arena}; /* "seeother check" reports them */
	const char *path = catalogue_path(config, languages->words[0], arena);
	return path ? catalogue_load(path, languages->words[0], arena, &faults) : NULL;
}

/* Somebody must be able to see the page at the desk: owners of the form, or of every form. */
static bool has_desk(const struct config *config, const struct form *form, const struct task *task)
{
	return config->base && task->kind != TASK_REPLY && (form->owners || config->owners);
}

const char *mailing_question(const struct mailing *mailing, const char *ask)
{
	return mailing->desk ? text_printed(mailing->arena, "%s?ask=%s", mailing->desk, ask) : "";
}

const char *mailing_spam_word(const struct mailing *mailing)
{
	return message_text(mailing->catalogue, json_object_get(mailing->record, "spam") ? MESSAGE_DESK_IS_HAM : MESSAGE_DESK_IS_SPAM);
}

static const char *date_of(const struct mailing *mailing)
{
	const char *received = json_string_value(json_object_get(mailing->record, "received"));
	time_t moment;
	if (received && date_stamp_read(received, &moment))
		return message_date(mailing->catalogue, moment, mailing->arena);
	return mailing_line(mailing->arena, received ? received : "");
}

struct mailing mailing_begin(
	const struct config *config, const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	const char *id = json_string_value(json_object_get(record, "id"));
	struct mailing mailing = {.config = config,
		.form = form,
		.task = task,
		.record = record,
		.arena = arena,
		.catalogue = catalogue_of(config, form, arena),
		.id = id ? id : ""};
	mailing.date = date_of(&mailing);
	bool has_page = strlen(mailing.id) == ID_LENGTH; /* an alarm has none */
	if (config->base && has_page)
		mailing.outcome = text_printed(arena, "%s/%s/%s", config->base, form->name, mailing.id);
	if (has_page && has_desk(config, form, task))
		mailing.desk = text_printed(arena, "%s/-/%s/%s", config->base, form->name, mailing.id);
	add_rows(&mailing);
	add_mail_files(&mailing);
	return mailing;
}
