/*
 * Mail; see mail.h. From is the site's own address; the visitor's, where a field of the type email holds one, is in Reply-To. Text is
 * quoted-printable (RFC 2045 §6.7), so that no line is long and none is a dot alone; what a header takes from a field is encoded
 * (RFC 2047), so that it can hold no line end. Uploads follow as base64 while there is room for them. Lines end as those of a file
 * do: the program makes them CR LF where it needs to, and some (qmail's, nullmailer's) would make CR CR LF of that.
 */
#include "mail.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "date.h"
#include "diag.h"
#include "file.h"
#include "record.h"
#include "sniff.h"

enum {
	WORD_BYTES = 39, /* of an encoded word: with "Subject: " its line is 76 characters at the most */
	SUBJECT_BYTES = 250,
	LINE = 76,
	BASE64_BYTES = 57,
	NAME_PIECE = 55,
};

/* --- headers ------------------------------------------------------------------------------------------------------- */

static bool is_plain(const char *value)
{
	size_t n = strlen(value);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)value[i] < ' ' || (unsigned char)value[i] > '~')
			return false;
	return n < 60 && !strstr(value, "=?");
}

/* Appends an address; a local part with dots where RFC 5322 has none (§3.4.1), as HTML allows them, goes between quotes. */
static void put_address(struct text *out, const char *address)
{
	const char *at = strrchr(address, '@'), *dots = strstr(address, "..");
	bool odd = address[0] == '.' || at[-1] == '.' || (dots && dots < at);
	text_format(out, odd ? "\"%.*s\"%s" : "%.*s%s", (int)(at - address), address, at);
}

/* Appends a header's text: as it is, or in encoded words, each of whole characters (RFC 2047 §5). */
static void put_words(struct text *out, const char *value)
{
	char base64[sodium_base64_ENCODED_LEN(WORD_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	if (is_plain(value)) {
		text_put(out, value);
		return;
	}
	for (size_t left = strlen(value); left;) {
		size_t n = 0, step;
		while (n < left && (step = utf8_sequence(value + n, left - n)) && n + step <= WORD_BYTES)
			n += step;
		n = n ? n : 1;
		sodium_bin2base64(base64, sizeof base64, (const unsigned char *)value, n, sodium_base64_VARIANT_ORIGINAL);
		text_format(out, "=?UTF-8?B?%s?=%s", base64, n < left ? "\n " : "");
		value += n;
		left -= n;
	}
}

/* Appends a string of the record; a NUL in it becomes U+FFFD, so that nothing behind it is lost. */
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

/* Puts all on one line. */
static const char *one_line(struct arena *arena, const char *text)
{
	char *line = arena_copy(arena, text, strlen(text));
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	return line;
}

/* Gives a text with its {field}s filled in, on one line, in the arena; several values of a field are parted by commas. */
static const char *filled(const char *text, const json_t *record, struct arena *arena)
{
	struct text out = {.arena = arena};
	const json_t *fields = json_object_get(record, "fields"), *one;
	size_t i;
	for (const char *c = text; *c;) {
		size_t plain = strcspn(c, "{"), n = c[plain] ? strcspn(c + plain, "}") : 0;
		text_add(&out, c, plain);
		c += plain;
		if (!*c)
			break;
		const json_t *value = c[n] ? json_object_getn(fields, c + 1, n - 1) : NULL;
		if (json_is_string(value))
			put_string(&out, value);
		json_array_foreach(value, i, one) {
			text_put(&out, i ? ", " : "");
			put_string(&out, one);
		}
		c += c[n] ? n + 1 : 1;
	}
	return one_line(arena, text_string(&out));
}

/* Gives the subject, which is the form's title where nothing else is left of it; a long one is cut, between two characters. */
static const char *subject_of(const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	struct span subject = span_trim(span_of(filled(task->subject ? task->subject : form->title, record, arena)));
	size_t n = 0, step;
	if (!subject.length)
		subject = span_of(one_line(arena, form->title));
	if (subject.length <= SUBJECT_BYTES)
		return arena_copy(arena, subject.bytes, subject.length);
	while ((step = utf8_sequence(subject.bytes + n, subject.length - n)) && n + step <= SUBJECT_BYTES)
		n += step;
	return text_printed(arena, "%.*s\xe2\x80\xa6", (int)n, subject.bytes);
}

/* Gives the address that a field holds, or NULL. */
static const char *address_posted(const json_t *record, const char *name)
{
	const json_t *value = json_object_get(json_object_get(record, "fields"), name);
	const char *address = json_string_value(value);
	return address && strlen(address) == json_string_length(value) && field_is_email(address) ? address : NULL;
}

/* Gives what the first field of the type email holds, if that is one address, or NULL. */
static const char *visitor_of(const struct form *form, const json_t *record, const char *name)
{
	for (size_t i = 0; i < form->fields_n; i++) {
		const struct field *field = &form->fields[i];
		const char *address = address_posted(record, field->name);
		if (field->type == FIELD_EMAIL && (!name || strcmp(name, field->name) == 0) && address)
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

/* Appends text as quoted-printable; what ends a line in it, CR, LF or both, becomes LF. "From " at its start is hidden from mailboxes. */
static void put_quoted(struct text *out, const char *text)
{
	size_t column = 0;
	for (const char *c = text; *c; c++) {
		if (*c == '\r' || *c == '\n') {
			c += *c == '\r' && c[1] == '\n';
			text_put(out, "\n");
			column = 0;
			continue;
		}
		bool last = !c[1] || c[1] == '\n' || c[1] == '\r';
		bool plain = (*c >= '!' && *c <= '~' && *c != '=') || (*c == ' ' && !last);
		if (column + (plain ? 1 : 3) > LINE - 1) {
			text_put(out, "=\n");
			column = 0;
		}
		plain &= column || (*c != '.' && strncmp(c, "From ", 5) != 0);
		if (plain)
			text_add(out, c, 1);
		else
			text_format(out, "=%02X", (unsigned)(unsigned char)*c);
		column += plain ? 1 : 3;
	}
}

static void put_value(struct text *out, const char *label, const json_t *value)
{
	text_format(out, "%s:\n", label);
	put_string(out, value);
	text_put(out, "\n\n");
}

static void put_values(struct text *out, const char *label, const json_t *value)
{
	const json_t *one;
	size_t i;
	if (json_is_string(value))
		put_value(out, label, value);
	json_array_foreach(value, i, one)
		if (json_is_string(one))
			put_value(out, label, one);
}

/* An upload of the record; its content has no bytes where it is not sent along. */
struct enclosed {
	const json_t *file;
	const char *name;
	struct span content;
};

/* The outcome, for people: all of it for an owner, what the visitor may see for a visitor. */
static const char *plain_text(const struct config *config, const struct form *form, const struct task *task, const json_t *record,
	const struct enclosed *files, struct arena *arena)
{
	struct text out = {.arena = arena};
	const char *name, *received = json_string_value(json_object_get(record, "received"));
	const json_t *value;
	bool any_file = false, reply = task->kind == TASK_REPLY;
	if (task->text)
		text_format(&out, "%s\n\n", filled(task->text, record, arena));
	json_object_foreach(json_object_get(record, "fields"), name, value) {
		const struct field *field = form_field(form, span_of(name));
		if (reply ? form_shows(form, span_of(name)) : !field || (field->type != FIELD_TRAP && field->type != FIELD_FILE))
			put_values(&out, field ? field->label : one_line(arena, name), value);
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
	put_quoted(out, text);
}

static bool is_plain_name(const char *name)
{
	size_t n = 0;
	while (is_alphanumeric(name[n]) || (name[n] && strchr(" .-_", name[n])))
		n++;
	return !name[n] && n <= NAME_PIECE;
}

/* Appends an upload's name: as it is, or as RFC 2231 has it, in pieces of whole characters (§3 and §4). */
static void put_name(struct text *out, const char *name)
{
	size_t step, piece = 0, column = NAME_PIECE;
	if (is_plain_name(name)) {
		text_format(out, ";\n filename=\"%s\"", name);
		return;
	}
	for (const char *c = name; *c; c += step) {
		step = utf8_sequence(c, strlen(c));
		step = step ? step : 1;
		bool plain = is_alphanumeric(*c) || *c == '.' || *c == '-' || *c == '_';
		size_t width = plain ? 1 : 3 * step;
		if (column + width > NAME_PIECE) {
			text_format(out, ";\n filename*%zu*=%s", piece, piece ? "" : "UTF-8''");
			piece++;
			column = 0;
		}
		for (size_t i = 0; i < step; i++)
			text_format(out, plain ? "%c" : "%%%02X", (unsigned)(unsigned char)c[i]);
		column += width;
	}
}

/* Appends an upload, under the type that its bytes show or as mere bytes: the announced one is the visitor's word. */
static void put_upload(struct text *out, const struct enclosed *file, const char *boundary)
{
	char line[sodium_base64_ENCODED_LEN(BASE64_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	struct span content = file->content;
	const char *type = sniff((const unsigned char *)content.bytes, content.length);
	text_format(out, "\n--%s\nContent-Type: %s\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment", boundary,
		type ? type : "application/octet-stream");
	put_name(out, file->name);
	text_put(out, "\n\n");
	for (size_t at = 0; at < content.length; at += BASE64_BYTES) {
		size_t n = content.length - at < BASE64_BYTES ? content.length - at : BASE64_BYTES;
		sodium_bin2base64(line, sizeof line, (const unsigned char *)content.bytes + at, n, sodium_base64_VARIANT_ORIGINAL);
		text_put(out, line);
		text_put(out, "\n");
	}
}

/* Gives the record's uploads, and reads those for which there is room; one without a file ends them. */
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
			diag_system("%s: can't be sent along", path);
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
	put_words(out, subject_of(form, task, record, arena));
	text_format(out, "\nDate: %.*s +0000\nMessage-ID: <%s.%s%s>\nAuto-Submitted: auto-%s\nMIME-Version: 1.0\n",
		DATE_HTTP - 5, date, id, task->name, at, task->kind == TASK_MAIL ? "generated" : "replied");
	const struct enclosed *files = enclose(config, form, task, record, arena);
	const char *text = plain_text(config, form, task, record, files, arena);
	if (task->kind == TASK_REPLY || !has_files(record)) {
		put_part(out, text);
		return out;
	}
	const char *boundary = text_printed(arena, "=_%s", id); /* "=_" is in no quoted-printable and in no base64 text */
	text_format(out, "Content-Type: multipart/mixed; boundary=\"%s\"\n\n--%s\n", boundary, boundary);
	put_part(out, text);
	for (; files->file; files++)
		if (files->content.bytes)
			put_upload(out, files, boundary);
	text_format(out, "\n--%s--\n", boundary);
	return out;
}
