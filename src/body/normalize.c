/*
 * HTML's value sanitization, which browsers do for their own inputs, but scripts and old browsers don't, and the hidden field that
 * frameworks put beside a checkbox so that an unticked one is posted too.
 */
#include "body/normalize.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"

/* Tells whether the value says that a box is not ticked. */
static bool is_unticked(struct span value)
{
	static const char *const words[] = {"", "0", "off", "false", "no"};
	value = span_trim(value);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_same(value, span_of(words[i])))
			return true;
	return false;
}

/* Tells whether the field is left as if the value had not been posted. */
static bool is_nothing(const struct field *field, const struct pair *pair)
{
	if (field->type == FIELD_TRAP)
		return is_unticked(pair->value) || utf8_is_blank(pair->value);
	return field->type == FIELD_CHECKBOX && is_unticked(pair->value) && !option_list_has(&field->options, pair->value.bytes);
}

/* Gives how many bytes a control character takes at the start of the text, tabs and line ends aside, or 0. */
static size_t control_length(struct span rest)
{
	unsigned char c = (unsigned char)rest.bytes[0];
	if (c >= ' ' && c < 0x7f)
		return 0;
	if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
		return 1;
	return c == 0xc2 && rest.length > 1 && (unsigned char)rest.bytes[1] < 0xa0 ? 2 : 0; /* U+0080 to U+009F */
}

static bool has_control_character(struct span value)
{
	for (; value.length; value.bytes++, value.length--)
		if (control_length(value))
			return true;
	return false;
}

static struct span without_controls(struct span value, struct arena *arena)
{
	struct text text = {.arena = arena};
	while (value.length) {
		size_t n = control_length(value);
		char last = n ? value.bytes[n - 1] : '\0';
		if (n == 0)
			text_byte(&text, value.bytes[0]);
		else if (last == '\v' || last == '\f' || last == '\x85')
			text_byte(&text, ' ');
		n = n ? n : 1;
		value.bytes += n;
		value.length -= n;
	}
	return (struct span){text_string(&text), text.length};
}

static bool ignores_outer_blanks(const struct field *field)
{
	switch (field->type) {
	case FIELD_EMAIL:
	case FIELD_URL:
	case FIELD_TEL:
	case FIELD_NUMBER:
	case FIELD_DATE: return true;
	default: return false;
	}
}

static void normalize_value(const struct field *field, struct span *value, struct arena *arena)
{
	bool trims = ignores_outer_blanks(field), is_text = trims || field_counts_characters(field);
	if (is_text && has_control_character(*value))
		*value = without_controls(*value, arena);
	if (!trims)
		return;
	struct span inner = span_trim(*value);
	if (inner.length < value->length)
		*value = (struct span){arena_copy(arena, inner.bytes, inner.length), inner.length};
}

void normalize_submission(struct submission *submission, const struct form *form)
{
	size_t n = 0;
	for (size_t i = 0; form->fields_n && i < submission->n; i++) {
		struct pair *pair = &submission->pairs[i];
		const struct field *field = form_field(form, pair->name);
		if (field && is_nothing(field, pair))
			continue;
		if (field)
			normalize_value(field, &pair->value, submission->arena);
		submission->pairs[n++] = *pair;
	}
	if (form->fields_n)
		submission->n = n;
}
