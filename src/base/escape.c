/* Escaping, one function for each place. Plain runs are copied whole; most text has little to escape. */
#include "base/escape.h"

#include <stdarg.h>
#include <string.h>

#include "base/ascii.h"
#include "base/diag.h"
#include "base/percent.h"
#include "base/span.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Tells whether a control character beyond ASCII, U+0080 to U+009F, begins at a byte: terminals obey some of them. */
static bool is_control_pair(struct span span, size_t at)
{
	return (unsigned char)span.bytes[at] == 0xC2 && at + 1 < span.length && (unsigned char)span.bytes[at + 1] >= 0x80 &&
		(unsigned char)span.bytes[at + 1] < 0xA0;
}

static const char *html_entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	case '\r': return "\n"; /* as HTML reads it; a character reference for it would be an error */
	case '\t':
	case '\n': return NULL;
	default: return (unsigned char)c < ' ' || c == 0x7f ? replacement : NULL;
	}
}

void escape_html(struct text *text, struct span span)
{
	size_t plain = 0;
	for (size_t i = 0; i < span.length; i++) {
		if ((span.bytes[i] >= '?' && span.bytes[i] <= '~') || span.bytes[i] == ' ') /* letters: most of any text */
			continue;
		bool pair = is_control_pair(span, i);
		const char *entity = pair ? replacement : html_entity(span.bytes[i]);
		if (!entity)
			continue;
		bool line_end = i + 1 < span.length && memcmp(span.bytes + i, "\r\n", 2) == 0;
		text_add(text, span.bytes + plain, i - plain);
		text_put(text, line_end ? "" : entity);
		i += pair;
		plain = i + 1;
	}
	text_add(text, span.bytes + plain, span.length - plain);
}

void escape_markup(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	for (const char *hole; (hole = strchr(format, '%')); format = hole + 2) {
		text_add(text, format, (size_t)(hole - format));
		if (hole[1] != 's')
			diag_die("escape_markup: only %s is allowed");
		escape_html(text, span_of(va_arg(arguments, const char *)));
	}
	va_end(arguments);
	text_put(text, format);
}

void escape_json(struct text *text, struct span span)
{
	static const char letters[] = "btn\0fr"; /* for \b to \r */
	size_t plain = 0;
	text_byte(text, '"');
	for (size_t i = 0; i < span.length; i++) {
		unsigned char c = (unsigned char)span.bytes[i];
		if ((c >= '#' && c <= '~' && c != '\\') || c == ' ') /* letters: most of any text */
			continue;
		bool pair = is_control_pair(span, i);
		if (c >= ' ' && c != '"' && c != '\\' && c != 0x7F && !pair)
			continue;
		text_add(text, span.bytes + plain, i - plain);
		i += pair;
		plain = i + 1;
		if (pair || c == 0x7F) {
			text_format(text, "\\u%04X", (unsigned)(unsigned char)span.bytes[i]);
		} else if (c >= ' ') {
			text_byte(text, '\\');
			text_byte(text, (char)c);
		} else if (c >= '\b' && c <= '\r' && letters[c - '\b']) {
			text_byte(text, '\\');
			text_byte(text, letters[c - '\b']);
		} else {
			text_format(text, "\\u%04X", c);
		}
	}
	text_add(text, span.bytes + plain, span.length - plain);
	text_byte(text, '"');
}

static bool is_unreserved(char c)
{
	return ascii_is_alphanumeric(c) || (c && strchr("-._~", c));
}

static void percent_encode(struct text *text, const char *string, const char *also)
{
	for (; *string; string++) {
		if (is_unreserved(*string) || strchr(also, *string))
			text_byte(text, *string);
		else
			text_format(text, "%%%02X", (unsigned)(unsigned char)*string);
	}
}

void escape_path(struct text *text, const char *string)
{
	percent_encode(text, string, "/!$&'()*+,;=:@");
}

void escape_query(struct text *text, const char *string)
{
	percent_encode(text, string, "/?%!$&'()*+,;=:@");
}

void escape_component(struct text *text, const char *string)
{
	percent_encode(text, string, "");
}

void escape_raw_path(struct text *text, struct span span)
{
	for (size_t i = 0; i < span.length; i++) {
		char c = span.bytes[i];
		bool kept = is_unreserved(c) || (c && strchr("/!$&'()*+,;=:@", c)) ||
			percent_value((struct span){span.bytes + i, span.length - i}) >= 0;
		if (kept)
			text_byte(text, c);
		else
			text_format(text, "%%%02X", (unsigned)(unsigned char)c);
	}
}

void escape_segments(struct text *text, struct span span)
{
	for (size_t i = 0; i < span.length; i++) {
		if (is_unreserved(span.bytes[i]) || span.bytes[i] == '/')
			text_byte(text, span.bytes[i]);
		else
			text_format(text, "%%%02X", (unsigned)(unsigned char)span.bytes[i]);
	}
}

void escape_terminal(struct text *text, struct span span)
{
	for (size_t i = 0; i < span.length; i++) {
		unsigned char c = (unsigned char)span.bytes[i], next = i + 1 < span.length ? (unsigned char)span.bytes[i + 1] : 0;
		bool pair = is_control_pair(span, i);
		if (pair || c == 0x7f || (c < ' ' && c != '\n' && c != '\t'))
			text_put(text, c == '\r' && next == '\n' ? "" : replacement);
		else
			text_byte(text, (char)c);
		i += pair;
	}
}
