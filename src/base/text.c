/* Growing text: doubles its room in the arena, and always ends in a NUL. */
#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
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

/* Tells whether all that a format does is to insert strings. */
static bool inserts_strings(const char *format)
{
	for (; (format = strchr(format, '%')); format += 2)
		if (format[1] != 's')
			return false;
	return true;
}

static void insert_strings(struct text *text, const char *format, va_list arguments)
{
	for (const char *hole; (hole = strchr(format, '%')); format = hole + 2) {
		text_add(text, format, (size_t)(hole - format));
		text_put(text, va_arg(arguments, const char *));
	}
	text_put(text, format);
}

/* Most formats insert strings; that takes the C library many times as long, which counts where a process answers one request. */
static void add_formatted(struct text *text, const char *format, va_list arguments)
{
	va_list again;
	if (inserts_strings(format)) {
		insert_strings(text, format, arguments);
		return;
	}
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
