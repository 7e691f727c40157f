/* Growing text: doubles its room in the arena, and always ends in a NUL. */
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

void text_number(struct text *text, uint64_t n)
{
	char digits[sizeof "18446744073709551615"], *end = digits + sizeof digits, *first = end;
	do
		*--first = (char)('0' + n % 10);
	while (n /= 10);
	text_add(text, first, (size_t)(end - first));
}

static void add_printed(struct text *text, const char *format, va_list arguments)
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

/* Most formats have strings in them and nothing else, and vsnprintf takes longer to begin than they take to copy. */
void text_format_list(struct text *text, const char *format, va_list arguments)
{
	text_reserve(text, 0);
	for (const char *hole; (hole = strchr(format, '%')); format = hole + 2) {
		text_add(text, format, (size_t)(hole - format));
		if (hole[1] != 's') {
			add_printed(text, hole, arguments);
			return;
		}
		const char *string = va_arg(arguments, const char *);
		text_put(text, string ? string : "(null)"); /* as printf writes it */
	}
	text_put(text, format);
}

void text_format(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	text_format_list(text, format, arguments);
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
	text_format_list(&text, format, arguments);
	va_end(arguments);
	return text.bytes;
}
