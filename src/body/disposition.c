/*
 * Names are taken as the WHATWG HTML standard writes them: between quotes nothing is an escape. Browsers send a quote in a name as %22
 * and a line end as %0D%0A, and mean a percent sign by a percent sign too, so neither can be turned back with certainty, and nothing is.
 * What goes on after a closing quote with anything but a semicolon is refused: a client that escapes quotes with a backslash would
 * otherwise lose a part of a name without a word. So is filename*, which RFC 7578 §4.2 forbids, where no filename stands beside it:
 * one reader takes the part for a file, and another for a field.
 */
#include "body/disposition.h"

#include <string.h>

#include "base/span.h"

static bool is_space_or_tab(char c)
{
	return c == ' ' || c == '\t';
}

static void skip(struct span *rest, size_t n)
{
	rest->bytes += n;
	rest->length -= n;
}

static void skip_blanks(struct span *rest)
{
	while (rest->length && is_space_or_tab(rest->bytes[0]))
		skip(rest, 1);
}

static struct span take_until(struct span *rest, const char *ends)
{
	struct span taken = {rest->bytes, 0};
	while (rest->length && !(rest->bytes[0] && strchr(ends, rest->bytes[0]))) {
		skip(rest, 1);
		taken.length++;
	}
	return taken;
}

static bool take_value(struct span *rest, struct span *value)
{
	if (rest->length && rest->bytes[0] == '"') {
		skip(rest, 1);
		*value = take_until(rest, "\"");
		if (!rest->length)
			return false;
		skip(rest, 1);
		return true;
	}
	*value = take_until(rest, "; \t\"");
	return value->length > 0;
}

bool disposition_read(struct span rest, struct disposition *disposition)
{
	struct span key, value;
	bool extended = false; /* filename* is there */
	*disposition = (struct disposition){0};
	if (!span_same(span_trim(take_until(&rest, ";")), span_of("form-data")))
		return false;
	while (rest.length) {
		skip(&rest, 1); /* the semicolon */
		skip_blanks(&rest);
		if (!rest.length || rest.bytes[0] == ';')
			continue;
		key = span_trim(take_until(&rest, "=;"));
		if (!rest.length || rest.bytes[0] != '=')
			return false;
		skip(&rest, 1);
		skip_blanks(&rest);
		if (!take_value(&rest, &value))
			return false;
		skip_blanks(&rest);
		if (rest.length && rest.bytes[0] != ';')
			return false;
		bool name = span_same(key, span_of("name")), filename = span_same(key, span_of("filename"));
		if ((name && disposition->has_name) || (filename && disposition->has_filename))
			return false;
		if (name)
			disposition->name = value;
		if (filename)
			disposition->filename = value;
		disposition->has_name |= name;
		disposition->has_filename |= filename;
		extended |= span_same(key, span_of("filename*"));
	}
	return disposition->has_name && (disposition->has_filename || !extended);
}
