/* The options of a field. */
#include "config/option_list.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"

enum { OPTIONS_FILE_MAX = 1 << 20 };

/* Makes room for at most so many options. */
static void make_options(struct option_list *options, size_t most, struct arena *arena)
{
	options->values = arena_take(arena, (most + 1) * sizeof *options->values);
	options->labels = arena_take(arena, (most + 1) * sizeof *options->labels);
	options->groups = arena_take(arena, (most + 1) * sizeof *options->groups);
	options->n = 0;
}

/* Adds "VALUE" or "VALUE|LABEL"; nothing for an empty one. */
static void add_option(struct option_list *options, struct span option, const char *group, struct arena *arena)
{
	option = span_trim(option);
	if (!option.length)
		return;
	const char *bar = memchr(option.bytes, '|', option.length);
	size_t n = bar ? (size_t)(bar - option.bytes) : option.length;
	struct span value = span_trim((struct span){option.bytes, n});
	struct span label = bar ? span_trim((struct span){bar + 1, option.length - n - 1}) : value;
	options->groups[options->n] = group;
	options->labels[options->n] = arena_copy(arena, label.bytes, label.length);
	options->values[options->n++] = arena_copy(arena, value.bytes, value.length);
}

/* --- in a list ----------------------------------------------------------------------------------------------------- */

static bool is_blank_or_end(char c)
{
	return c == ' ' || c == '\t' || c == '\0';
}

/* Returns how many bytes there are before the bar that ends a group, which has a blank at one of its sides, or before the end. */
static size_t group_length(const char *list)
{
	bool quoted = false;
	for (size_t i = 0; list[i]; i++) {
		quoted ^= list[i] == '"';
		if (list[i] == '|' && !quoted && (is_blank_or_end(list[i + 1]) || (i && is_blank_or_end(list[i - 1]))))
			return i;
	}
	return strlen(list);
}

/* Takes the next option off a list, without the quotes that keep commas in it. */
static struct span next_option(struct span *list, struct arena *arena)
{
	struct text option = {.arena = arena};
	bool quoted = false;
	size_t n = 0;
	for (; n < list->length && (quoted || list->bytes[n] != ','); n++) {
		if (list->bytes[n] == '"')
			quoted = !quoted;
		else
			text_byte(&option, list->bytes[n]);
	}
	n += n < list->length;
	*list = (struct span){list->bytes + n, list->length - n};
	return (struct span){text_string(&option), option.length};
}

/* Adds the options of one group, "Group: A, B", or of none, "A, B". */
static void add_group(struct option_list *options, struct span list, bool grouped, struct arena *arena)
{
	const char *colon = grouped ? memchr(list.bytes, ':', list.length) : NULL, *group = NULL;
	if (colon) {
		struct span label = span_trim((struct span){list.bytes, (size_t)(colon - list.bytes)});
		group = label.length ? arena_copy(arena, label.bytes, label.length) : NULL;
		list = (struct span){colon + 1, list.length - (size_t)(colon + 1 - list.bytes)};
	}
	while (list.length)
		add_option(options, next_option(&list, arena), group, arena);
}

static void read_list(struct option_list *options, const char *list, struct arena *arena)
{
	make_options(options, strlen(list) + 1, arena);
	bool grouped = list[group_length(list)] == '|';
	for (size_t n;; list += n + 1) {
		n = group_length(list);
		add_group(options, (struct span){list, n}, grouped, arena);
		if (!list[n])
			return;
	}
}

/* --- in a file ----------------------------------------------------------------------------------------------------- */

static bool is_clean_line(struct span line)
{
	for (size_t i = 0; i < line.length; i++)
		if ((unsigned char)line.bytes[i] < ' ' && line.bytes[i] != '\t')
			return false;
	return utf8_valid(line);
}

static const char *read_lines(struct option_list *options, const char *path, struct span content, struct arena *arena)
{
	const char *group = NULL;
	size_t number = 1;
	make_options(options, content.length, arena);
	for (const char *c = content.bytes, *end = c + content.length; c < end; number++) {
		struct span line = span_before((struct span){c, (size_t)(end - c)}, '\n');
		c += line.length + 1;
		line = span_trim(line);
		if (!is_clean_line(line))
			return text_printed(arena, "%s:%zu: has a control character, or is not UTF-8", path, number);
		if (line.length > 1 && line.bytes[line.length - 1] == ':' && !memchr(line.bytes, '|', line.length))
			group = arena_copy(arena, line.bytes, line.length - 1);
		else
			add_option(options, line, group, arena);
	}
	return options->n ? NULL : text_printed(arena, "%s: has no options", path);
}

static const char *read_file(struct option_list *options, const char *name, const struct setting_source *source)
{
	const char *slash = strrchr(source->file, '/');
	int folder = *name != '/' && slash ? (int)(slash - source->file) + 1 : 0;
	const char *path = text_printed(source->arena, "%.*s%s", folder, source->file, name);
	struct span content;
	if (file_read(path, OPTIONS_FILE_MAX, source->arena, &content) < 0)
		return text_printed(source->arena, "%s: %s", path, strerror(errno));
	if (content.length >= 3 && memcmp(content.bytes, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
		content = (struct span){content.bytes + 3, content.length - 3};
	return read_lines(options, path, content, source->arena);
}

/* --- both ---------------------------------------------------------------------------------------------------------- */

const char *option_list_read(struct option_list *options, const char *list, const struct setting_source *source)
{
	if (*list == '@')
		return read_file(options, list + 1, source);
	read_list(options, list, source->arena);
	return NULL;
}

/* Returns the number of the option that has the value, or options_n. */
static size_t find_option(const struct option_list *options, const char *value)
{
	size_t i = 0;
	while (i < options->n && strcmp(options->values[i], value) != 0)
		i++;
	return i;
}

bool option_list_has(const struct option_list *options, const char *value)
{
	return find_option(options, value) < options->n;
}

const char *option_list_label(const struct option_list *options, const char *value)
{
	size_t i = find_option(options, value);
	return i < options->n ? options->labels[i] : value;
}
