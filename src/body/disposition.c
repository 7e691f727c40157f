/*
 * Names are taken as the WHATWG HTML standard writes them. Browsers send a quote in a name as %22 and a line end as %0D%0A, and a percent
 * sign as it is, so they can't be turned back with certainty and stay as they are.
 *
 * Some clients escape a quote with a backslash instead (RFC 9110 §5.6.4), and others end a folder's name with a backslash. A quote
 * behind a backslash ends the value if a semicolon or the end of the header follows, and is a part of it if a later quote ends the value
 * so; where both could be, the header is refused.
 *
 * filename* (RFC 8187) is forbidden by RFC 7578 §4.2 but sent, mostly with a filename for old readers beside it, so it wins. Everything
 * that some readers know and others pass over is refused: name*, filename*0 (RFC 2231), and a name of a parameter that is no token, such
 * as one with a no-break space before it.
 */
#include "body/disposition.h"

#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "base/utf8.h"
#include "body/transcode.h"
#include "http/encoding.h"
#include "http/media.h"

static bool is_space_or_tab(char c)
{
	return c == ' ' || c == '\t';
}

static void skip(struct span *rest, size_t n)
{
	rest->bytes += n;
	rest->length -= n;
}

static void skip_spaces_and_tabs(struct span *rest)
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

/* Returns where the next quote is, not counting escaped ones if told so, or the length of the text. */
static size_t find_quote(struct span rest, bool escapes)
{
	size_t i = 0;
	while (i < rest.length && rest.bytes[i] != '"')
		i += escapes && rest.bytes[i] == '\\' ? 2 : 1;
	return i < rest.length ? i : rest.length;
}

/* Tells whether a value can end with the quote there. */
static bool ends_value(struct span rest, size_t quote)
{
	if (quote == rest.length)
		return false;
	skip(&rest, quote + 1);
	skip_spaces_and_tabs(&rest);
	return !rest.length || rest.bytes[0] == ';';
}

static struct span without_escapes(struct span value, struct arena *arena)
{
	struct text text = {.arena = arena};
	for (size_t i = 0; i < value.length; i++) {
		i += value.bytes[i] == '\\' && i + 1 < value.length;
		text_byte(&text, value.bytes[i]);
	}
	return (struct span){text_string(&text), text.length};
}

/* Takes the rest of a quoted value, whose first quote is gone. */
static bool take_quoted_value(struct span *rest, struct arena *arena, struct span *value)
{
	size_t plain = find_quote(*rest, false), escaped = find_quote(*rest, true);
	bool plain_ends = ends_value(*rest, plain), escaped_ends = ends_value(*rest, escaped);
	if (plain != escaped ? plain_ends == escaped_ends : !plain_ends)
		return false;
	size_t end = plain_ends ? plain : escaped;
	*value = (struct span){rest->bytes, end};
	if (!plain_ends)
		*value = without_escapes(*value, arena);
	skip(rest, end + 1);
	return true;
}

static bool take_parameter_value(struct span *rest, struct arena *arena, struct span *value)
{
	if (rest->length && rest->bytes[0] == '"') {
		skip(rest, 1);
		return take_quoted_value(rest, arena, value);
	}
	*value = take_until(rest, "; \t\"");
	return value->length > 0;
}

/* Appends the bytes of "%C3%BC.txt"; false if a percent sign is not followed by two hexadecimal digits. */
static bool decode_percent(struct span text, struct text *out)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.bytes[i] != '%') {
			text_byte(out, text.bytes[i]);
			continue;
		}
		int high = i + 2 < text.length ? ascii_hex_value(text.bytes[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex_value(text.bytes[i + 2]) : -1;
		if (low < 0)
			return false;
		text_byte(out, (char)(high * 16 + low));
		i += 2;
	}
	return true;
}

/* Converts what was decoded to UTF-8; false if the charset is unknown or the text is not in it. */
static bool decode_charset(struct span label, const struct text *bytes, struct arena *arena, struct span *value)
{
	struct text text = {.arena = arena};
	struct transcoder transcoder = {0};
	struct span raw = {text_string(bytes), bytes->length};
	const char *encoding = encoding_find(label);
	if (!encoding)
		return false;
	*value = raw;
	if (strcmp(encoding, "UTF-8") != 0) {
		bool done = transcode_add(&transcoder, encoding, raw, &text) == TRANSCODE_DONE;
		transcode_end(&transcoder);
		*value = (struct span){text_string(&text), text.length};
		if (!done)
			return false;
	}
	return utf8_valid(*value);
}

/* Reads "charset'language'text" (RFC 8187 §3.2.1). What it stands for holds no byte that a header could not hold. */
static bool read_extended(struct span *value, struct arena *arena)
{
	struct text bytes = {.arena = arena};
	struct span rest = *value, charset = take_until(&rest, "'");
	if (!rest.length)
		return false;
	skip(&rest, 1);
	take_until(&rest, "'");
	if (!rest.length)
		return false;
	skip(&rest, 1);
	if (!decode_percent(rest, &bytes) || !decode_charset(charset, &bytes, arena, value))
		return false;
	for (size_t i = 0; i < value->length; i++)
		if (strchr("\r\n", value->bytes[i])) /* or NUL */
			return false;
	return true;
}

/* Tells whether the parameter is a form of name or filename that not all readers know. */
static bool is_other_form(struct span key)
{
	struct span stem = span_before(key, '*');
	return stem.length < key.length && (span_same(stem, span_of("name")) || span_same(stem, span_of("filename")));
}

static bool take_parameter(struct span *rest, struct arena *arena, struct disposition *disposition, struct span *extended)
{
	struct span value, key = span_trim(take_until(rest, "=;"));
	if (!rest->length || rest->bytes[0] != '=' || !media_is_token(key))
		return false;
	skip(rest, 1);
	skip_spaces_and_tabs(rest);
	if (!take_parameter_value(rest, arena, &value))
		return false;
	skip_spaces_and_tabs(rest);
	if (rest->length && rest->bytes[0] != ';')
		return false;
	if (span_same(key, span_of("filename*"))) {
		if (extended->bytes)
			return false;
		*extended = value;
		return true;
	}
	bool name = span_same(key, span_of("name")), filename = span_same(key, span_of("filename"));
	if ((name && disposition->has_name) || (filename && disposition->has_filename) || is_other_form(key))
		return false;
	if (name)
		disposition->name = value;
	if (filename)
		disposition->filename = value;
	disposition->has_name |= name;
	disposition->has_filename |= filename;
	return true;
}

bool disposition_read(struct span rest, struct arena *arena, struct disposition *disposition)
{
	struct span extended = {NULL, 0};
	*disposition = (struct disposition){0};
	if (!span_same(span_trim(take_until(&rest, ";")), span_of("form-data")))
		return false;
	while (rest.length) {
		skip(&rest, 1); /* the semicolon */
		skip_spaces_and_tabs(&rest);
		if (rest.length && rest.bytes[0] != ';' && !take_parameter(&rest, arena, disposition, &extended))
			return false;
	}
	if (extended.bytes) {
		if (!read_extended(&extended, arena))
			return false;
		disposition->filename = extended;
		disposition->has_filename = disposition->filename_is_utf8 = true;
	}
	return disposition->has_name;
}
