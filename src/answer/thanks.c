/* A hole is filled once: what a visitor typed is never looked through for holes. */
#include "answer/thanks.h"

#include <string.h>

#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "config/option_list.h"

static void put_thanks_value(struct text *out, const struct field *field, const json_t *value)
{
	struct span text = {json_string_value(value), json_string_length(value)};
	if (!text.bytes)
		return;
	text_put(out, "<bdi>");
	escape_html(out, field ? span_of(option_list_label(&field->options, text.bytes)) : text);
	text_put(out, "</bdi>");
}

static void fill_thanks_hole(struct exchange *exchange, const json_t *record, struct span name)
{
	struct text *out = &exchange->response->body;
	const struct field *field = form_field(exchange->form, name);
	const char *key = field ? field->name : arena_copy(exchange->arena, name.bytes, name.length);
	const json_t *value = json_object_get(json_object_get(record, "fields"), key), *one;
	size_t i;
	if (!field && !value && span_is(name, "id"))
		value = json_object_get(record, "id");
	if (!json_is_array(value))
		put_thanks_value(out, field, value);
	json_array_foreach(value, i, one) {
		text_put(out, i ? ", " : "");
		put_thanks_value(out, field, one);
	}
}

void thanks_put(struct exchange *exchange, const json_t *record)
{
	struct text *out = &exchange->response->body;
	const char *c = exchange->form->thanks;
	if (!c)
		return;
	text_put(out, "<p dir=\"auto\">"); /* it is in the language of the owner, maybe not in that of the page */
	while (*c) {
		size_t plain = strcspn(c, "{"), n = c[plain] ? strcspn(c + plain, "}") : 0;
		escape_html(out, (struct span){c, plain});
		c += plain;
		if (*c && !c[n]) {
			escape_html(out, span_of(c)); /* the brace is not closed, which "seeother check" reports */
			break;
		}
		if (*c)
			fill_thanks_hole(exchange, record, (struct span){c + 1, n - 1});
		c += *c ? n + 1 : 0;
	}
	text_put(out, "</p>\n");
}
