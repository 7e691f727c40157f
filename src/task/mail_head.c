/*
 * From is the site's own address; the visitor's address goes into Reply-To. Headers take text from fields only within quotes or in
 * encoded words (RFC 2047), after its control characters have become blanks.
 */
#include "task/mail_head.h"

#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/span.h"
#include "base/utf8.h"
#include "config/email.h"
#include "task/mail_fill.h"
#include "task/mime.h"

enum { SUBJECT_BYTES = 250, LINE = 78 };

/* --- who wrote --------------------------------------------------------------------------------------------------------- */

/* Returns a text that was posted under a name and has no NUL, or NULL. */
static const char *text_posted(const json_t *record, const char *name)
{
	const json_t *value = mailing_posted(record, name);
	if (!value)
		value = json_object_get(json_object_get(record, "extra"), name);
	const char *text = json_string_value(value);
	return text && strlen(text) == json_string_length(value) ? text : NULL;
}

/* Returns the address that a field holds, or NULL. */
static const char *address_posted(const json_t *record, const char *name)
{
	const char *address = text_posted(record, name);
	return address && email_valid(address) ? address : NULL;
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

/* Gives the name that the visitor typed into the field that browsers fill in with it, or into one called "name"; or NULL. */
static const char *visitor_name(const struct form *form, const json_t *record)
{
	for (size_t i = 0; i < form->fields_n; i++) {
		const struct field *field = &form->fields[i];
		if (field->autocomplete && strcmp(field->autocomplete, "name") == 0)
			return text_posted(record, field->name);
	}
	return text_posted(record, "name");
}

const char *mail_head_visitor(const struct form *form, const struct task *task, const json_t *record)
{
	return form->fields_n ? visitor_of(form, record, task->reply) : address_posted(record, task->reply);
}

/* --- addresses --------------------------------------------------------------------------------------------------------- */

/* HTML allows dots in a local part where RFC 5322 §3.4.1 does not: such a local part is quoted. */
static const char *written_address(const char *address, struct arena *arena)
{
	const char *at = strrchr(address, '@'), *dots = strstr(address, "..");
	bool odd = address[0] == '.' || at[-1] == '.' || (dots && dots < at);
	return text_printed(arena, odd ? "\"%.*s\"%s" : "%.*s%s", (int)(at - address), address, at);
}

/* Gives a text on one line, without blanks around it, of so many bytes at most; NULL if nothing is left. */
static const char *short_line(const char *text, size_t most, struct arena *arena)
{
	struct span line = span_trim(span_of(mailing_line(arena, text)));
	size_t n = 0, step;
	if (!line.length)
		return NULL;
	if (line.length <= most)
		return arena_copy(arena, line.bytes, line.length);
	while ((step = utf8_sequence(line.bytes + n, line.length - n)) && n + step <= most)
		n += step;
	return text_printed(arena, "%.*s\xe2\x80\xa6", (int)n, line.bytes);
}

/* Appends a mailbox behind the used bytes of a line; the address goes on a line of its own where the name is long or encoded. */
static void put_mailbox(struct text *out, size_t used, struct mailbox box)
{
	const char *address = written_address(box.address, out->arena);
	struct text name = {.arena = out->arena};
	if (!box.name) {
		text_put(out, address);
		return;
	}
	mime_phrase(&name, box.name);
	bool folded = strstr(name.bytes, "=?") || used + name.length + strlen(address) + 3 > LINE;
	text_format(out, "%s%s<%s>", name.bytes, folded ? "\n " : " ", address);
}

static void put_mailboxes(struct text *out, const char *header, struct mailboxes list)
{
	for (size_t i = 0; i < list.n; i++) {
		if (i)
			text_put(out, ",\n ");
		else
			text_format(out, "%s: ", header);
		put_mailbox(out, i ? 1 : strlen(header) + 2, list.boxes[i]);
	}
	if (list.n)
		text_put(out, "\n");
}

static void put_one(struct text *out, const char *header, struct mailbox box)
{
	put_mailboxes(out, header, (struct mailboxes){&box, 1});
}

/* --- the whole --------------------------------------------------------------------------------------------------------- */

static struct mailbox sender_of(const struct mailing *mailing, const struct mail_head *head)
{
	struct mailbox from = mailing->config->from;
	const char *name = mailing->task->from_name && head->about_visitor
		? short_line(mail_fill_line(mailing, mailing->task->from_name), MAILBOX_NAME_MAX, mailing->arena)
		: NULL;
	from.name = name ? name : from.name;
	return from;
}

void mail_head_write(struct text *out, const struct mailing *mailing, const struct mail_head *head)
{
	const struct task *task = mailing->task;
	bool receipt = task->kind == TASK_REPLY;
	const char *visitor = head->about_visitor && !receipt ? visitor_address(mailing->form, mailing->record) : NULL;
	const char *name = visitor ? visitor_name(mailing->form, mailing->record) : NULL;
	const char *subject = head->subject ? short_line(head->subject, SUBJECT_BYTES, out->arena) : NULL;
	char date[DATE_HTTP];
	date_http_write(date, time(NULL));
	put_one(out, "From", sender_of(mailing, head));
	if (receipt)
		put_one(out, "To", (struct mailbox){.address = mail_head_visitor(mailing->form, task, mailing->record)});
	put_mailboxes(out, "To", task->mail);
	put_mailboxes(out, "Cc", task->cc);
	put_mailboxes(out, "Bcc", task->bcc);
	if (visitor)
		put_one(out, "Reply-To", (struct mailbox){name ? short_line(name, MAILBOX_NAME_MAX, out->arena) : NULL, visitor});
	text_put(out, "Subject: ");
	mime_words(out, subject ? subject : mailing_line(out->arena, mailing->form->title));
	text_format(out, "\nDate: %.*s +0000\nMessage-ID: <%s.%s%s>\nAuto-Submitted: auto-%s\nMIME-Version: 1.0\n", DATE_HTTP - 5, date,
		head->mark, task->name, strchr(mailing->config->from.address, '@'), receipt ? "replied" : "generated");
}
