/*
 * A hole is filled once: what a visitor typed is never looked through for holes. A field of the form comes first, then the names of
 * mail_hole.h, then what was posted under the name, so that a visitor can't give {outcome} another meaning.
 */
#include "task/mail_fill.h"

#include <string.h>

#include "base/escape.h"
#include "base/text.h"
#include "config/mail_hole.h"

void mail_fill_html(struct text *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\r\n");
		escape_html(out, (struct span){text, n});
		text += n;
		if (!*text)
			break;
		text += *text == '\r' && text[1] == '\n' ? 2 : 1;
		text_put(out, "<br>\n");
	}
}

static const char *builtin_value(const struct mailing *mailing, enum mail_hole hole)
{
	switch (hole) {
	case MAIL_HOLE_ID: return mailing->id;
	case MAIL_HOLE_FORM: return mailing->form->name;
	case MAIL_HOLE_RECEIVED: return mailing->date;
	case MAIL_HOLE_OUTCOME: return mailing->outcome ? mailing->outcome : "";
	case MAIL_HOLE_DESK: return mailing->desk ? mailing->desk : "";
	case MAIL_HOLE_SPAM: return mailing_question(mailing, "spam");
	case MAIL_HOLE_ERASE: return mailing_question(mailing, "erase");
	case MAIL_HOLE_FIELDS:
	case MAIL_HOLES: break;
	}
	return "";
}

/* Gives what a hole stands for, as text. */
static const char *hole_value(const struct mailing *mailing, struct span name)
{
	const struct field *field = form_field(mailing->form, name);
	enum mail_hole hole = field ? MAIL_HOLES : mail_hole_find(name);
	if (hole != MAIL_HOLES)
		return builtin_value(mailing, hole);
	const json_t *value = mailing_posted(mailing->record, field ? field->name : arena_copy(mailing->arena, name.bytes, name.length));
	struct text out = {.arena = mailing->arena};
	const json_t *one;
	size_t i;
	if (value && !json_is_array(value))
		return mailing_shown(mailing, field, value);
	json_array_foreach(value, i, one) {
		text_put(&out, i ? ", " : "");
		text_put(&out, mailing_shown(mailing, field, one));
	}
	return text_string(&out);
}

const char *mail_fill_line(const struct mailing *mailing, const char *text)
{
	struct text out = {.arena = mailing->arena};
	for (const char *c = text; *c;) {
		size_t plain = strcspn(c, "{"), n = c[plain] ? strcspn(c + plain, "}") : 0;
		text_add(&out, c, plain);
		c += plain;
		if (!*c)
			break;
		text_put(&out, c[n] ? hole_value(mailing, (struct span){c + 1, n - 1}) : "");
		c += c[n] ? n + 1 : 1;
	}
	return mailing_line(mailing->arena, text_string(&out));
}

const char *mail_fill_template(const struct mailing *mailing, const char *content, const char *fields, bool html)
{
	struct text out = {.arena = mailing->arena};
	for (const char *c = content; *c;) {
		size_t plain = strcspn(c, "{");
		text_add(&out, c, plain);
		c += plain;
		if (!*c)
			break;
		struct span name = mail_hole_name(c);
		if (!name.length)
			text_byte(&out, *c);
		else if (span_is(name, "fields") && !form_field(mailing->form, name))
			text_put(&out, fields);
		else if (html)
			mail_fill_html(&out, hole_value(mailing, name));
		else
			text_put(&out, hole_value(mailing, name));
		c += name.length ? name.length + 2 : 1;
	}
	return text_string(&out);
}
