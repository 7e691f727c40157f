/* Lines of an INI file that iniparser accepts, and that don't mean what they seem to. */
#include "config/ini_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/span.h"
#include "config/ini_lines.h"

enum { FILE_MAX = 16 << 20 };

static int compare_keys(const void *first, const void *second)
{
	const struct ini_line *a = *(const struct ini_line *const *)first, *b = *(const struct ini_line *const *)second;
	int order = strcmp(a->section, b->section);
	if (!order)
		order = strcmp(a->key, b->key);
	return order ? order : (a > b) - (a < b);
}

/* Returns, for each line that sets a key, the first line that sets it, or NULL if that is the line itself. */
static const struct ini_line **find_firsts(const struct ini_line *lines, size_t n, struct arena *arena)
{
	const struct ini_line **firsts = arena_take(arena, (n + 1) * sizeof *firsts),
			      **sorted = arena_take(arena, (n + 1) * sizeof *sorted), *first = NULL;
	size_t keys = 0;
	for (size_t i = 0; i < n; i++)
		if (lines[i].key)
			sorted[keys++] = &lines[i];
	qsort(sorted, keys, sizeof *sorted, compare_keys);
	for (size_t i = 0; i < keys; i++) {
		if (first && strcmp(first->section, sorted[i]->section) == 0 && strcmp(first->key, sorted[i]->key) == 0)
			firsts[sorted[i] - lines] = first;
		else
			first = sorted[i];
	}
	return firsts;
}

/* Tells whether something other than a comment stands behind the quote that ends a value: iniparser drops it. */
static bool loses_rest(struct span value)
{
	struct span quoted;
	if (!ini_lines_quoted(value, &quoted))
		return false;
	size_t n = quoted.length + 2 < value.length ? quoted.length + 2 : value.length;
	struct span rest = span_trim((struct span){value.bytes + n, value.length - n});
	return rest.length && !strchr(";#", rest.bytes[0]);
}

/* Returns the character that cuts a value where the writer can't have meant a comment, which has a blank before it; or NULL. */
static const char *find_cut(struct span value)
{
	struct span quoted;
	if (ini_lines_quoted(value, &quoted))
		return NULL;
	for (size_t i = 0; i < value.length; i++)
		if (strchr(";#", value.bytes[i]))
			return strchr(" \t", (value.bytes + i)[-1]) ? NULL : &value.bytes[i]; /* before the value is "=" or a blank */
	return NULL;
}

/* Checks a line that sets a key, which the line first, if there is one, has set before. */
static void check_entry(const char *file, const struct ini_line *first, const struct ini_line *line, struct text *faults)
{
	const char *cut = find_cut(line->value), *wrong = NULL;
	if (first)
		wrong = text_printed(
			faults->arena, "is set in line %u and again in line %u; the last one counts", first->first, line->first);
	else if (loses_rest(line->value))
		wrong = "what stands behind the closing quote is lost";
	else if (cut)
		wrong = text_printed(faults->arena, "is cut at the %c, which begins a comment; put the value in double quotes", *cut);
	if (wrong)
		text_format(faults, "%s:%u: [%s] %s: %s\n", file, line->first, line->section, line->name, wrong);
}

/* Returns the backslash between quotes that iniparser 4.2 reads with what follows as one character that looks meant so, or NULL. */
static const char *find_escape(struct span value)
{
	struct span quoted;
	if (!ini_lines_quoted(value, &quoted))
		return NULL;
	for (size_t i = 0; i < quoted.length; i++)
		if (quoted.bytes[i] == '\\' && strchr("\\\"'", quoted.bytes[i + 1]))
			return quoted.bytes + i;
	return NULL;
}

void ini_check(const char *file, struct text *faults, struct text *warnings)
{
	struct span content;
	size_t n = 0;
	if (file_read(file, FILE_MAX, faults->arena, &content) < 0)
		return; /* loading it has told why */
	const struct ini_line *lines = ini_lines_read(content, faults->arena, &n);
	const struct ini_line **firsts = find_firsts(lines, n, faults->arena);
	for (const struct ini_line *line = lines; line < lines + n; line++)
		if (line->key) {
			const char *escape = find_escape(line->value);
			check_entry(file, firsts[line - lines], line, faults);
			if (escape)
				text_format(warnings,
					"%s:%u: [%s] %s: warning: %.2s is taken as it is written; iniparser 4.2 alone would take it for %c\n",
					file, line->first, line->section, line->name, escape, escape[1]);
		}
}
