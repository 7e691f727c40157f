/*
 * HTML's text/plain (WHATWG HTML, "text/plain encoding algorithm") writes name, "=", value and CR LF for each field and escapes nothing,
 * so a value with a line end in it looks like two fields. Text is read as fields only if every line ends in CR LF and has an "=" and, if
 * the form has fields, each name is one of them or reserved.
 */
#include "body/plain.h"

#include <string.h>

#include "base/span.h"
#include "body/json_body.h"

/* Takes the next line, without its CR LF; false if there is none or it does not end so. */
static bool next_line(struct span *rest, struct span *line)
{
	const char *end = rest->length ? memchr(rest->bytes, '\n', rest->length) : NULL;
	if (!end || end == rest->bytes || end[-1] != '\r')
		return false;
	*line = (struct span){rest->bytes, (size_t)(end - rest->bytes) - 1};
	rest->length -= (size_t)(end + 1 - rest->bytes);
	rest->bytes = end + 1;
	return true;
}

static bool split_pair(struct span line, struct span *name, struct span *value)
{
	const char *equals = line.length ? memchr(line.bytes, '=', line.length) : NULL;
	if (!equals || memchr(line.bytes, '\r', line.length))
		return false;
	*name = (struct span){line.bytes, (size_t)(equals - line.bytes)};
	*value = (struct span){equals + 1, line.length - name->length - 1};
	return true;
}

static bool is_fields(struct span body, const struct form *form)
{
	struct span line, name, value;
	while (body.length) {
		if (!next_line(&body, &line) || !split_pair(line, &name, &value))
			return false;
		bool known = !form->fields_n || form_field(form, name) || (name.length && name.bytes[0] == '_');
		if (!known)
			return false;
	}
	return true;
}

static struct span copied(struct arena *arena, struct span span)
{
	return (struct span){arena_copy(arena, span.bytes, span.length), span.length};
}

static enum body_fault read_fields(struct span body, const struct form *form, struct submission *submission)
{
	enum body_fault fault = BODY_FINE;
	struct span line, name, value;
	while (!fault && next_line(&body, &line) && split_pair(line, &name, &value))
		fault = submission_take(submission, &form->limits, copied(submission->arena, name), copied(submission->arena, value));
	return fault;
}

static enum body_fault read_text(struct span body, const struct form *form, struct submission *submission)
{
	if (body.length > form->limits.value)
		return BODY_VALUE_TOO_LONG;
	return submission_take(submission, &form->limits, span_of("text"), copied(submission->arena, body));
}

/* navigator.sendBeacon() and fetch() in no-cors mode can send JSON only as text/plain. */
static bool may_be_json(struct span body, const struct form *form)
{
	struct span text = span_trim(body);
	if (text.length >= 3 && memcmp(text.bytes, "\xef\xbb\xbf", 3) == 0)
		text = span_trim((struct span){text.bytes + 3, text.length - 3});
	return form->fields_n && text.length && text.bytes[0] == '{';
}

enum body_fault plain_read(struct span body, const struct form *form, struct submission *submission)
{
	if (is_fields(body, form))
		return read_fields(body, form, submission);
	if (may_be_json(body, form)) {
		size_t before = submission->n;
		enum body_fault fault = json_body_read(body, form, submission);
		if (fault != BODY_NO_JSON)
			return fault;
		submission->n = before; /* text that begins with a brace */
	}
	return read_text(body, form, submission);
}
