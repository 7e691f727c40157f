/* The lines of an INI file, put together as iniparser does it. */
#include "config/ini_lines.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"

static char *lower_case(struct arena *arena, const char *text)
{
	char *lower = arena_copy(arena, text, strlen(text));
	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return lower;
}

static const char *trimmed(struct arena *arena, const char *text, size_t n)
{
	struct span span = span_trim((struct span){text, n});
	return arena_copy(arena, span.bytes, span.length);
}

/* Takes a line off the content, and counts it. */
static struct span take_line_of_file(struct span *content, unsigned *number)
{
	const char *end = memchr(content->bytes, '\n', content->length);
	size_t n = end ? (size_t)(end - content->bytes) : content->length;
	struct span line = {content->bytes, n};
	n += end != NULL;
	*content = (struct span){content->bytes + n, content->length - n};
	++*number;
	return line;
}

/* Takes a line off the content together with those that a backslash at its end continues it with; empty lines among them are skipped. */
static struct span take_joined_lines(struct span *content, unsigned *number, struct arena *arena)
{
	struct text joined = {.arena = arena};
	bool goes_on = false;
	do {
		struct span line = take_line_of_file(content, number);
		text_add(&joined, line.bytes, line.length);
		while (joined.length && strchr(" \t\r", joined.bytes[joined.length - 1]))
			joined.length--;
		if (joined.length && joined.bytes[joined.length - 1] == '\\') {
			joined.length--;
			goes_on = true;
		} else {
			goes_on = goes_on && !line.length;
		}
	} while (goes_on && content->length);
	return span_trim((struct span){joined.length ? joined.bytes : "", joined.length});
}

struct ini_line *ini_lines_read(struct span content, struct arena *arena, size_t *n)
{
	size_t room = 2;
	for (size_t i = 0; i < content.length; i++)
		room += content.bytes[i] == '\n';
	struct ini_line *lines = arena_take(arena, room * sizeof *lines);
	const char *section = "";
	for (unsigned number = 0, first = 1; content.length; first = number + 1) {
		const char *begin = content.bytes;
		struct span line = take_joined_lines(&content, &number, arena);
		const char *equals = line.length ? memchr(line.bytes, '=', line.length) : NULL;
		if (!line.length || strchr("#;", line.bytes[0]))
			continue;
		if (line.bytes[0] == '[' && line.bytes[line.length - 1] == ']') {
			section = lower_case(arena, trimmed(arena, line.bytes + 1, line.length - 2));
			lines[(*n)++] = (struct ini_line){.section = section, .first = first, .last = number, .begin = begin};
		} else if (equals) {
			size_t before = (size_t)(equals - line.bytes);
			const char *name = trimmed(arena, line.bytes, before);
			struct span value = span_trim((struct span){equals + 1, line.length - before - 1});
			lines[(*n)++] = (struct ini_line){section, lower_case(arena, name), name, value, first, number, begin, NULL};
		}
	}
	return lines;
}

struct span ini_lines_numbered(struct span content, unsigned number)
{
	struct span line = {"", 0};
	for (unsigned at = 0; at < number;)
		line = take_line_of_file(&content, &at);
	return line;
}

static bool has_number_between(const unsigned *numbers, size_t n, unsigned first, unsigned last)
{
	for (size_t i = 0; i < n; i++)
		if (numbers[i] >= first && numbers[i] <= last)
			return true;
	return false;
}

struct span ini_lines_without(struct span content, const unsigned *numbers, size_t n, struct arena *arena)
{
	struct text kept = {.arena = arena};
	unsigned number = 0;
	while (content.length) {
		const char *begin = content.bytes;
		unsigned first = number + 1;
		take_joined_lines(&content, &number, arena);
		if (has_number_between(numbers, n, first, number))
			for (unsigned i = first; i <= number; i++)
				text_byte(&kept, '\n');
		else
			text_add(&kept, begin, (size_t)(content.bytes - begin));
	}
	return (struct span){text_string(&kept), kept.length};
}

bool ini_lines_quoted(struct span value, struct span *quoted)
{
	if (!value.length || !strchr("\"'", value.bytes[0]))
		return false;
	const char *end = memchr(value.bytes + 1, value.bytes[0], value.length - 1);
	*quoted = (struct span){value.bytes + 1, end ? (size_t)(end - value.bytes) - 1 : value.length - 1};
	return true;
}
