/* Replying: the owner's own mail program writes the answer, so that it comes from where the visitor expects it. */
#include "desk/reply.h"

#include <strings.h>

#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config/email.h"

enum { QUOTE_MOST = 1500 };

/* Gives the visitor's address: the value of the first field for one, or of a field that is called so; NULL if there is none. */
static const char *person_address(const struct form *form, const json_t *record)
{
	const char *name;
	json_t *value;
	json_object_foreach(json_object_get(record, "fields"), name, value) {
		const struct field *field = form_field(form, span_of(name));
		bool called_so = strcasecmp(name, "email") == 0 || strcasecmp(name, "_replyto") == 0;
		const char *address = json_string_value(value);
		if (address && ((field && field->type == FIELD_EMAIL) || called_so) && email_valid(address))
			return address;
	}
	return NULL;
}

/* Gives the longest text that was filled in, which is what an answer quotes. */
static struct span longest_text(const json_t *record)
{
	struct span longest = {"", 0};
	const char *name;
	json_t *value;
	json_object_foreach(json_object_get(record, "fields"), name, value)
		if (json_string_length(value) > longest.length)
			longest = (struct span){json_string_value(value), json_string_length(value)};
	return longest;
}

/* Appends lines with "> " before each, cut at a bound since mail programs take no endless address. */
static void put_quote(struct text *out, struct span text)
{
	text_put(out, "\r\n\r\n> ");
	for (size_t i = 0; i < text.length && i < QUOTE_MOST; i++) {
		char c = text.bytes[i];
		if (c == '\n')
			text_put(out, "\r\n> ");
		else if (c != '\r' && c != '\0')
			text_byte(out, c);
	}
}

const char *reply_uri(const struct form *form, const json_t *record, struct arena *arena)
{
	const char *address = person_address(form, record);
	struct text href = {.arena = arena}, body = {.arena = arena}, whole = {.arena = arena};
	if (!address)
		return NULL;
	text_put(&href, "mailto:");
	escape_component(&href, address);
	text_put(&href, "?subject=");
	escape_component(&href, text_printed(arena, "Re: %s", form->title));
	put_quote(&body, longest_text(record));
	utf8_repair(&whole, body.bytes, body.length); /* the bound may have cut a character */
	text_put(&href, "&body=");
	escape_component(&href, text_string(&whole));
	return href.bytes;
}
