/*
 * From is the site's own address; the visitor's address goes into Reply-To. Text is quoted-printable (RFC 2045 §6.7), so no line is
 * long and none is a dot alone. Headers take text from fields only in encoded words (RFC 2047), which hold no line end. Uploads
 * follow as base64 while there is room for them. Lines end in LF: programs make them CR LF where they need to, and some (qmail's,
 * nullmailer's) would make CR CR LF of CR LF.
 */
#include "task/mail.h"

#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/span.h"
#include "base/utf8.h"
#include "body/sniff.h"
#include "config/email.h"
#include "config/option_list.h"
#include "keep/record.h"
#include "task/mime.h"

enum { SUBJECT_BYTES = 250 };

/* --- headers ------------------------------------------------------------------------------------------------------- */

/* HTML allows dots in a local part where RFC 5322 §3.4.1 does not: such a local part is quoted. */
static void put_address(struct text *out, const char *address)
{
	const char *at = strrchr(address, '@'), *dots = strstr(address, "..");
	bool odd = address[0] == '.' || at[-1] == '.' || (dots && dots < at);
	text_format(out, odd ? "\"%.*s\"%s" : "%.*s%s", (int)(at - address), address, at);
}

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

/* Returns what was posted under the name, or else under the name in another case of letters; NULL if nothing was. */
static const json_t *posted_value(const json_t *record, const char *name)
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
		put_string(out, value);
}

/* Replaces control characters by blanks. */
static const char *one_line(struct arena *arena, const char *text)
{
	char *line = arena_copy(arena, text, strlen(text));
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return line;
}

/* Gives a text with each {field} replaced by the field's values, separated by commas; on one line, in the arena. */
static const char *fill_fields(const struct form *form, const char *text, const json_t *record, struct arena *arena)
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
		const json_t *value = c[n] ? posted_value(record, field ? field->name : arena_copy(arena, c + 1, n - 1)) : NULL;
		if (json_is_string(value))
			put_shown(&out, field, value);
		json_array_foreach(value, i, one) {
			text_put(&out, i ? ", " : "");
			put_shown(&out, field, one);
		}
		c += c[n] ? n + 1 : 1;
	}
	return one_line(arena, text_string(&out));
}

/* Gives the subject, or the form's title if the subject is empty. A long one is cut between two characters. */
static const char *subject_of(const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	struct span subject = span_trim(span_of(fill_fields(form, task->subject ? task->subject : form->title, record, arena)));
	size_t n = 0, step;
	if (!subject.length)
		subject = span_of(one_line(arena, form->title));
	if (subject.length <= SUBJECT_BYTES)
		return arena_copy(arena, subject.bytes, subject.length);
	while ((step = utf8_sequence(subject.bytes + n, subject.length - n)) && n + step <= SUBJECT_BYTES)
		n += step;
	return text_printed(arena, "%.*s\xe2\x80\xa6", (int)n, subject.bytes);
}

/* Returns the address that a field holds, or NULL. */
static const char *address_posted(const json_t *record, const char *name)
{
	const json_t *value = posted_value(record, name);
	const char *address = json_string_value(value);
	return address && strlen(address) == json_string_length(value) && email_valid(address) ? address : NULL;
}

/* Gives the address in the first field of the type email that holds one, or in the field of a name; or NULL. */
static const char *visitor_of(const struct form *form, const json_t *record, const char *name)
{
	for (size_t i = 0; i < form->fields_n; i++) {
		const struct field *field = &form->fields[i];
		const char *address = address_posted(record, field->name);
		if (field->type == FIELD_EMAIL && (!name || form_field(form, span_of(name)) == field) && address)
			return address;
	}
	return NULL;
}

const char *mail_recipient(const struct form *form, const struct task *task, const json_t *record)
{
	if (task->kind == TASK_MAIL)
		return task->mail;
	return form->fields_n ? visitor_of(form, record, task->reply) : address_posted(record, task->reply);
}

/* --- body ---------------------------------------------------------------------------------------------------------- */

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
	if (json_is_string(value))
		put_mail_value(out, label, field, value);
	json_array_foreach(value, i, one)
		if (json_is_string(one))
			put_mail_value(out, label, field, one);
}

/* An upload of the record. Its content has no bytes if it is not attached. */
struct enclosed {
	const json_t *file;
	const char *name;
	struct span content;
};

/* Gives the text of the message: all fields for an owner, those that the outcome's page shows for a visitor. */
static const char *plain_text(const struct config *config, const struct form *form, const struct task *task, const json_t *record,
	const struct enclosed *files, struct arena *arena)
{
	struct text out = {.arena = arena};
	const char *name, *received = json_string_value(json_object_get(record, "received"));
	const json_t *value;
	bool any_file = false, reply = task->kind == TASK_REPLY;
	if (task->text)
		text_format(&out, "%s\n\n", fill_fields(form, task->text, record, arena));
	json_object_foreach(json_object_get(record, "fields"), name, value) {
		const struct field *field = form_field(form, span_of(name));
		if (reply ? form_shows(form, span_of(name)) : !field || (field->type != FIELD_TRAP && field->type != FIELD_FILE))
			put_mail_values(&out, field ? field->label : one_line(arena, name), field, value);
	}
	for (; files->file; files++) {
		const char *posted = json_string_value(json_object_get(files->file, "field"));
		if (reply && (!posted || !form_shows(form, span_of(posted))))
			continue;
		text_format(&out, "%s (%" JSON_INTEGER_FORMAT " bytes%s)\n", files->name,
			json_integer_value(json_object_get(files->file, "size")), reply || files->content.bytes ? "" : ", not attached");
		any_file = true;
	}
	text_format(&out, "%s-- \n%s, %s\n", any_file ? "\n" : "", form->title, received ? received : "");
	if (config->base)
		text_format(&out, "%s/%s/%s\n", config->base, form->name, json_string_value(json_object_get(record, "id")));
	return text_string(&out);
}

static void put_part(struct text *out, const char *text)
{
	text_put(out, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n");
	mime_quoted(out, text);
}

/* The type is what the bytes look like, or octet-stream: visitors may announce any type. */
static void put_upload(struct text *out, const struct enclosed *file, const char *boundary)
{
	struct span content = file->content;
	const char *type = sniff((const unsigned char *)content.bytes, content.length);
	text_format(out, "\n--%s\nContent-Type: %s\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment", boundary,
		type ? type : "application/octet-stream");
	mime_name(out, file->name);
	text_put(out, "\n\n");
	mime_base64(out, content);
}

/* Gives the record's uploads, the contents of those for which there is room, and an end mark without a file. */
static struct enclosed *enclose(const struct config *config, const struct form *form, const struct task *task, const json_t *record,
	struct arena *arena)
{
	uint64_t room = task->kind == TASK_MAIL ? task->attach : 0;
	const json_t *files = json_object_get(record, "files"), *file;
	struct enclosed *enclosed = arena_take(arena, (json_array_size(files) + 1) * sizeof *enclosed);
	size_t i;
	json_array_foreach(files, i, file) {
		char path[PATH_MAX];
		uint64_t size = (uint64_t)json_integer_value(json_object_get(file, "size"));
		enclosed[i] = (struct enclosed){.file = file, .name = record_file_name(arena, file)};
		if (task->kind != TASK_MAIL || size > room)
			continue;
		if (record_upload(config->data, form->name, file, path) < 0 || file_read(path, (size_t)room, arena, &enclosed[i].content) < 0) {
			enclosed[i].content = (struct span){0};
			diag_system("%s: can't be read, so the mail goes without it", path);
		} else {
			room -= size;
		}
	}
	return enclosed;
}

static bool has_files(const json_t *record)
{
	return json_array_size(json_object_get(record, "files")) > 0;
}

const struct text *mail_compose(const struct config *config, const struct form *form, const struct task *task, const json_t *record,
	struct arena *arena)
{
	const char *id = json_string_value(json_object_get(record, "id")), *to = mail_recipient(form, task, record);
	const char *visitor = visitor_of(form, record, NULL), *at = strchr(config->from, '@');
	char date[DATE_HTTP];
	struct text *out = arena_take(arena, sizeof *out);
	*out = (struct text){.arena = arena};
	if (!to || !id)
		return NULL;
	date_http_write(date, time(NULL));
	text_put(out, "From: ");
	put_address(out, config->from);
	text_put(out, "\nTo: ");
	put_address(out, to);
	if (task->kind == TASK_MAIL && visitor) {
		text_put(out, "\nReply-To: ");
		put_address(out, visitor);
	}
	text_put(out, "\nSubject: ");
	mime_words(out, subject_of(form, task, record, arena));
	text_format(out, "\nDate: %.*s +0000\nMessage-ID: <%s.%s%s>\nAuto-Submitted: auto-%s\nMIME-Version: 1.0\n",
		DATE_HTTP - 5, date, id, task->name, at, task->kind == TASK_MAIL ? "generated" : "replied");
	const struct enclosed *files = enclose(config, form, task, record, arena);
	const char *text = plain_text(config, form, task, record, files, arena);
	if (task->kind == TASK_REPLY || !has_files(record)) {
		put_part(out, text);
		return out;
	}
	const char *boundary = text_printed(arena, "=_%s", id); /* neither quoted-printable nor base64 contains "=_" */
	text_format(out, "Content-Type: multipart/mixed; boundary=\"%s\"\n\n--%s\n", boundary, boundary);
	put_part(out, text);
	for (; files->file; files++)
		if (files->content.bytes)
			put_upload(out, files, boundary);
	text_format(out, "\n--%s--\n", boundary);
	return out;
}
