/*
 * Repeated keys and cut values; see repeats.h. Lines are told apart as iniparser does; only "seeother check" takes the time for it.
 */
#include "config/repeats.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/span.h"

enum { LINE = 1024 };

/* A key and where it was set first. */
struct occurrence {
	const char *section, *key;
	unsigned line;
	struct occurrence *next;
};

static const char *trimmed(struct arena *arena, const char *text, size_t n)
{
	struct span span = span_trim((struct span){text, n});
	return arena_copy(arena, span.bytes, span.length);
}

static const struct occurrence *find(const struct occurrence *seen, const char *section, const char *key)
{
	for (; seen; seen = seen->next)
		if (strcasecmp(seen->section, section) == 0 && strcasecmp(seen->key, key) == 0)
			return seen;
	return NULL;
}

static bool goes_on(struct span line)
{
	return line.length && line.bytes[line.length - 1] == '\\';
}

/* Tells whether something stands behind the quote that ends a value: iniparser drops it. */
static bool is_cut(struct span value)
{
	if (!value.length || !strchr("\"'", value.bytes[0]))
		return false;
	const char *quote = memchr(value.bytes + 1, value.bytes[0], value.length - 1);
	size_t n = quote ? (size_t)(quote + 1 - value.bytes) : 0;
	struct span rest = span_trim((struct span){value.bytes + n, value.length - n});
	return n > 2 && rest.length && !strchr(";#", rest.bytes[0]);
}

void repeats_find(const char *file, struct text *faults)
{
	struct arena *arena = faults->arena;
	struct occurrence *seen = NULL;
	const char *section = "";
	char text[LINE + 1];
	bool inside = false; /* a value that began on the line before */
	FILE *in = fopen(file, "r");
	for (unsigned number = 1; in && fgets(text, sizeof text, in); number++) {
		struct span line = span_trim(span_of(text));
		const char *equals = line.length ? memchr(line.bytes, '=', line.length) : NULL;
		bool value = inside;
		inside = goes_on(line);
		if (value || !line.length || strchr("#;", line.bytes[0]))
			continue;
		if (line.bytes[0] == '[' && line.bytes[line.length - 1] == ']') {
			section = trimmed(arena, line.bytes + 1, line.length - 2);
		} else if (equals) {
			struct occurrence *one = arena_take(arena, sizeof *one);
			*one = (struct occurrence){section, trimmed(arena, line.bytes, (size_t)(equals - line.bytes)), number, seen};
			const struct occurrence *first = find(seen, section, one->key);
			if (first)
				text_format(faults, "%s: [%s] %s: is set in line %u and again in line %u\n", file, section,
					one->key, first->line, number);
			else
				seen = one;
			size_t before = (size_t)(equals + 1 - line.bytes);
			if (is_cut(span_trim((struct span){equals + 1, line.length - before})))
				text_format(faults, "%s: [%s] %s: what stands behind the closing quote in line %u is lost\n", file, section,
					one->key, number);
		}
	}
	if (in)
		fclose(in);
}
