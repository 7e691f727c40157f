/*
 * From is the site's own address; the visitor's address goes into Reply-To. Text is quoted-printable (RFC 2045 §6.7), so no line is
 * long and none is a dot alone. Headers take text from fields only in encoded words (RFC 2047), which hold no line end. Uploads
 * follow as base64 while there is room for them. Lines end in LF: programs make them CR LF where they need to, and some (qmail's,
 * nullmailer's) would make CR CR LF of CR LF.
 */
#include "task/mail.h"

#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/span.h"
#include "base/utf8.h"
#include "body/sniff.h"
#include "config/email.h"
#include "keep/record.h"
#include "task/mail_text.h"
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

/* Gives the subject, or the form's title if the subject is empty. A long one is cut between two characters. */
static const char *subject_of(const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	struct span subject = span_trim(span_of(mail_text_fill(form, task->subject ? task->subject : form->title, record, arena)));
	size_t n = 0, step;
	if (!subject.length)
		subject = span_of(mail_text_line(arena, form->title));
	if (subject.length <= SUBJECT_BYTES)
		return arena_copy(arena, subject.bytes, subject.length);
	while ((step = utf8_sequence(subject.bytes + n, subject.length - n)) && n + step <= SUBJECT_BYTES)
		n += step;
	return text_printed(arena, "%.*s\xe2\x80\xa6", (int)n, subject.bytes);
}

/* Returns the address that a field holds, or NULL. */
static const char *address_posted(const json_t *record, const char *name)
{
	const json_t *value = mail_text_posted(record, name);
	if (!value)
		value = json_object_get(json_object_get(record, "extra"), name);
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

/* Gives the address for Reply-To, or NULL: of an email field, else of a field with one of the names that plain HTML forms use. */
static const char *visitor_address(const struct form *form, const json_t *record)
{
	static const char *const names[] = {"email", "_replyto"};
	const char *address = visitor_of(form, record, NULL);
	for (size_t i = 0; !address && i < sizeof names / sizeof *names; i++)
		address = address_posted(record, names[i]);
	return address;
}

const char *mail_recipient(const struct form *form, const struct task *task, const json_t *record)
{
	if (task->kind == TASK_MAIL)
		return task->mail;
	return form->fields_n ? visitor_of(form, record, task->reply) : address_posted(record, task->reply);
}

/* --- body ---------------------------------------------------------------------------------------------------------- */

static void put_part(struct text *out, const char *text)
{
	text_put(out, "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n");
	mime_quoted(out, text);
}

/*
 * The type is what the bytes look like, or octet-stream: visitors may announce any type. The name is there twice: Outlook reads it
 * from Content-Type only, in encoded words.
 */
static void put_upload(struct text *out, const struct mail_file *file, const char *boundary)
{
	struct span content = file->content;
	const char *type = sniff((const unsigned char *)content.bytes, content.length);
	text_format(out, "\n--%s\nContent-Type: %s", boundary, type ? type : "application/octet-stream");
	mime_name(out, file->name);
	text_put(out, "\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment");
	mime_filename(out, file->name);
	text_put(out, "\n\n");
	mime_base64(out, content);
}

/* Gives the record's uploads, the contents of those for which there is room, and an end mark without a file. */
static struct mail_file *enclose_files(
	const struct config *config, const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	uint64_t room = task->kind == TASK_MAIL ? task->attach : 0;
	const json_t *files = json_object_get(record, "files"), *file;
	struct mail_file *enclosed = arena_take(arena, (json_array_size(files) + 1) * sizeof *enclosed);
	size_t i;
	json_array_foreach(files, i, file) {
		char path[PATH_MAX];
		uint64_t size = (uint64_t)json_integer_value(json_object_get(file, "size"));
		enclosed[i] = (struct mail_file){.file = file, .name = record_file_name(arena, file)};
		if (task->kind != TASK_MAIL || size > room)
			continue;
		if (record_upload(config->data, form->name, file, path) < 0 ||
			file_read(path, (size_t)room, arena, &enclosed[i].content) < 0) {
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

const struct text *mail_compose(
	const struct config *config, const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	const char *id = json_string_value(json_object_get(record, "id")), *to = mail_recipient(form, task, record);
	const char *visitor = visitor_address(form, record), *at = strchr(config->from, '@');
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
	text_format(out, "\nDate: %.*s +0000\nMessage-ID: <%s.%s%s>\nAuto-Submitted: auto-%s\nMIME-Version: 1.0\n", DATE_HTTP - 5, date, id,
		task->name, at, task->kind == TASK_MAIL ? "generated" : "replied");
	const struct mail_file *files = enclose_files(config, form, task, record, arena);
	const char *text = mail_text_write(config, form, task, record, files, arena);
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
