/* Bytes, numbers and UTF-8; see text.h. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/diag.h"

static void text_reserve(struct text *text, size_t more)
{
	if (more > SIZE_MAX / 4)
		diag_die("out of memory");
	size_t want = text->length + more + 1;
	if (want <= text->room)
		return;
	size_t room = text->room ? text->room : 64;
	while (room < want)
		room *= 2;
	text->bytes = arena_grow(text->arena, text->bytes, text->room, room);
	text->room = room;
}

void text_add(struct text *text, const char *bytes, size_t n)
{
	text_reserve(text, n);
	if (n)
		memcpy(text->bytes + text->length, bytes, n);
	text->length += n;
	text->bytes[text->length] = '\0';
}

void text_byte(struct text *text, char byte)
{
	if (text->length + 1 >= text->room)
		text_reserve(text, 1);
	text->bytes[text->length++] = byte;
	text->bytes[text->length] = '\0';
}

void text_put(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

static void add_formatted(struct text *text, const char *format, va_list arguments)
{
	va_list again;
	va_copy(again, arguments);
	text_reserve(text, 0);
	int n = vsnprintf(text->bytes + text->length, text->room - text->length, format, arguments);
	if (n < 0)
		diag_die("a format that can't be printed");
	if ((size_t)n >= text->room - text->length) {
		text_reserve(text, (size_t)n);
		vsnprintf(text->bytes + text->length, (size_t)n + 1, format, again);
	}
	va_end(again);
	text->length += (size_t)n;
}

void text_format(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add_formatted(text, format, arguments);
	va_end(arguments);
}

const char *text_string(const struct text *text)
{
	return text->bytes ? text->bytes : "";
}

char *text_printed(struct arena *arena, const char *format, ...)
{
	struct text text = {.arena = arena};
	va_list arguments;
	va_start(arguments, format);
	add_formatted(&text, format, arguments);
	va_end(arguments);
	return text.bytes;
}

struct span span_of(const char *string)
{
	return (struct span){string, strlen(string)};
}

bool span_is(struct span span, const char *string)
{
	return span.length == strlen(string) && memcmp(span.bytes, string, span.length) == 0;
}

bool span_same(struct span a, struct span b)
{
	return a.length == b.length && (!a.length || strncasecmp(a.bytes, b.bytes, a.length) == 0);
}

struct span span_before(struct span whole, char c)
{
	const char *end = whole.length ? memchr(whole.bytes, c, whole.length) : NULL;
	return end ? (struct span){whole.bytes, (size_t)(end - whole.bytes)} : whole;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span span)
{
	while (span.length && is_blank(span.bytes[0]))
		span.bytes++, span.length--;
	while (span.length && is_blank(span.bytes[span.length - 1]))
		span.length--;
	return span;
}

bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

bool number_read(const char *digits, uint64_t max, uint64_t *number)
{
	uint64_t n = 0;
	if (!*digits)
		return false;
	for (; *digits; digits++) {
		if (!is_digit(*digits))
			return false;
		uint64_t digit = (uint64_t)(*digits - '0');
		if (digit > max || n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

/* The table of well-formed sequences (Unicode, table 3-7): what a lead byte asks of the second one. */
static size_t lead(unsigned char c, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef) {
		*low = c == 0xe0 ? 0xa0 : 0x80;
		*high = c == 0xed ? 0x9f : 0xbf;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*low = c == 0xf0 ? 0x90 : 0x80;
		*high = c == 0xf4 ? 0x8f : 0xbf;
		return 4;
	}
	return 0;
}

/* Gives how many bytes belong together, whole or ill-formed, and whether they are whole. */
static size_t part(const unsigned char *bytes, size_t n, bool *whole)
{
	unsigned char low, high;
	size_t want = lead(bytes[0], &low, &high), have = 1;
	while (have < want && have < n && bytes[have] >= low && bytes[have] <= high) {
		low = 0x80;
		high = 0xbf;
		have++;
	}
	*whole = have == want;
	return have;
}

size_t utf8_sequence(const char *bytes, size_t n)
{
	bool whole = false;
	size_t length = n ? part((const unsigned char *)bytes, n, &whole) : 0;
	return whole ? length : 0;
}

/* Gives how many bytes in front are ASCII, in steps of eight: most of most texts. */
static size_t ascii_run(const char *bytes, size_t n)
{
	uint64_t eight;
	size_t run = 0;
	for (; run + sizeof eight <= n; run += sizeof eight) {
		memcpy(&eight, bytes + run, sizeof eight);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	return run;
}

bool utf8_valid(struct span text)
{
	for (size_t n; text.length; text.bytes += n, text.length -= n)
		if (!(n = ascii_run(text.bytes, text.length)) && !(n = utf8_sequence(text.bytes, text.length)))
			return false;
	return true;
}

void utf8_repair(struct text *text, const char *bytes, size_t n)
{
	size_t good = 0, at = 0;
	while (at < n) {
		bool whole;
		at += ascii_run(bytes + at, n - at);
		if (at == n)
			break;
		size_t length = part((const unsigned char *)bytes + at, n - at, &whole);
		if (!whole) {
			text_add(text, bytes + good, at - good);
			text_put(text, "\xef\xbf\xbd");
			good = at + length;
		}
		at += length;
	}
	if (n > good)
		text_add(text, bytes + good, n - good);
}

size_t utf8_units(struct span span)
{
	size_t count = utf8_characters(span);
	for (size_t i = 0; i < span.length; i++)
		count += (unsigned char)span.bytes[i] >= 0xf0;
	return count;
}

size_t utf8_characters(struct span span)
{
	size_t count = 0;
	for (size_t i = 0; i < span.length; i++) {
		bool continues = ((unsigned char)span.bytes[i] & 0xc0) == 0x80;
		bool line_end = span.bytes[i] == '\n' && i > 0 && span.bytes[i - 1] == '\r';
		count += !continues && !line_end;
	}
	return count;
}
