/*
 * An owner's mail has all fields, also those that the form does not know. A receipt has what the outcome's page shows, unless
 * anything can be typed there: its reader may be a stranger, whose address somebody has typed.
 */
#include "task/mail_text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/span.h"
#include "config/option_list.h"

/* Appends a string of the record. A NUL becomes U+FFFD, so that nothing behind it is lost. */
static void put_string(struct text *out, const json_t *string)
{
	const char *value = json_string_value(string), *end = value + json_string_length(string);
	for (;; value++) {
		text_put(out, value);
		value += strlen(value);
		if (value == end)
			return;
		text_put(out, "\xef\xbf\xbd");
	}
}

/* Appends a value of the record. The program writes only strings, but an edited or imported log may hold anything: it stays JSON. */
static void put_any(struct text *out, const json_t *value)
{
	if (json_is_string(value))
		put_string(out, value);
	else
		json_write(out, value, JSON_COMPACT | JSON_ENCODE_ANY);
}

const json_t *mail_text_posted(const json_t *record, const char *name)
{
	json_t *fields = json_object_get(record, "fields"), *value = json_object_get(fields, name), *other;
	const char *key;
	json_object_foreach(fields, key, other)
		if (!value && strcasecmp(key, name) == 0)
			value = other;
	return value;
}

/* Appends a value as people are shown it: the label of the option that has it, else the value itself. */
static void put_shown(struct text *out, const struct field *field, const json_t *value)
{
	const char *text = json_string_value(value);
	if (field && text && option_list_has(&field->options, text))
		text_put(out, option_list_label(&field->options, text));
	else
		put_any(out, value);
}

const char *mail_text_line(struct arena *arena, const char *text)
{
	char *line = arena_copy(arena, text, strlen(text));
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return line;
}

const char *mail_text_fill(const struct form *form, const char *text, const json_t *record, struct arena *arena)
{
	struct text out = {.arena = arena};
	const json_t *one;
	size_t i;
	for (const char *c = text; *c;) {
		size_t plain = strcspn(c, "{"), n = c[plain] ? strcspn(c + plain, "}") : 0;
		text_add(&out, c, plain);
		c += plain;
		if (!*c)
			break;
		const struct field *field = c[n] ? form_field(form, (struct span){c + 1, n - 1}) : NULL;
		const json_t *value = c[n] ? mail_text_posted(record, field ? field->name : arena_copy(arena, c + 1, n - 1)) : NULL;
		if (value && !json_is_array(value))
			put_shown(&out, field, value);
		json_array_foreach(value, i, one) {
			text_put(&out, i ? ", " : "");
			put_shown(&out, field, one);
		}
		c += c[n] ? n + 1 : 1;
	}
	return mail_text_line(arena, text_string(&out));
}

static void put_mail_value(struct text *out, const char *label, const struct field *field, const json_t *value)
{
	text_format(out, "%s:\n", label);
	put_shown(out, field, value);
	text_put(out, "\n\n");
}

static void put_mail_values(struct text *out, const char *label, const struct field *field, const json_t *value)
{
	const json_t *one;
	size_t i;
	if (!json_is_array(value))
		put_mail_value(out, label, field, value);
	json_array_foreach(value, i, one)
		put_mail_value(out, label, field, one);
}

/* Tells whether a value can be anything that a visitor likes to type, and so an advertisement in a stranger's receipt. */
static bool is_free_text(const struct field *field)
{
	return !field ||
		(field->type != FIELD_NUMBER && field->type != FIELD_DATE && field->type != FIELD_CHOICE && field->type != FIELD_CHECKBOX);
}

/* Tells whether the message has the values of a field: all for an owner; for a visitor those that the outcome's page shows as well. */
static bool mail_has_field(const struct form *form, const struct task *task, const char *name)
{
	const struct field *field = form_field(form, span_of(name));
	if (task->kind == TASK_REPLY)
		return form_shows(form, span_of(name)) && (task->quote || !is_free_text(field));
	return !field || (field->type != FIELD_TRAP && field->type != FIELD_FILE);
}

static void put_known_fields(struct text *out, const struct form *form, const struct task *task, const json_t *fields)
{
	const char *name;
	const json_t *value;
	json_object_foreach((json_t *)(uintptr_t)fields, name, value) {
		const struct field *field = form_field(form, span_of(name));
		if (mail_has_field(form, task, name))
			put_mail_values(out, field ? field->label : mail_text_line(out->arena, name), field, value);
	}
}

/* Fields that the form does not know. Names that begin with _ are instructions to the services that the form was written for. */
static void put_extra(struct text *out, const json_t *extra)
{
	const char *name;
	const json_t *value;
	json_object_foreach((json_t *)(uintptr_t)extra, name, value)
		if (name[0] != '_')
			put_mail_values(out, mail_text_line(out->arena, name), NULL, value);
}

/* Appends a line for each file; tells whether there was any. */
static bool put_file_names(struct text *out, const struct form *form, const struct task *task, const struct mail_file *files)
{
	bool any = false, reply = task->kind == TASK_REPLY;
	for (; files->file; files++) {
		const char *field = json_string_value(json_object_get(files->file, "field"));
		if (reply && (!field || !form_shows(form, span_of(field)) || !task->quote))
			continue;
		text_format(out, "%s (%" JSON_INTEGER_FORMAT " bytes%s)\n", files->name,
			json_integer_value(json_object_get(files->file, "size")), reply || files->content.bytes ? "" : ", not attached");
		any = true;
	}
	return any;
}

const char *mail_text_write(const struct config *config, const struct form *form, const struct task *task, const json_t *record,
	const struct mail_file *files, struct arena *arena)
{
	struct text out = {.arena = arena};
	const char *received = json_string_value(json_object_get(record, "received"));
	if (task->text)
		text_format(&out, "%s\n\n", mail_text_fill(form, task->text, record, arena));
	put_known_fields(&out, form, task, json_object_get(record, "fields"));
	if (task->kind == TASK_MAIL)
		put_extra(&out, json_object_get(record, "extra"));
	bool any_file = put_file_names(&out, form, task, files);
	text_format(&out, "%s-- \n%s, %s\n", any_file ? "\n" : "", form->title, received ? received : "");
	if (config->base)
		text_format(&out, "%s/%s/%s\n", config->base, form->name, json_string_value(json_object_get(record, "id")));
	return text_string(&out);
}
