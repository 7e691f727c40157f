/* The sections and keys of an INI file, as its lines name them. */
#include "config/ini_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/text.h"

static int compare_names(const void *first, const void *second)
{
	const struct ini_name *a = first, *b = second;
	int order = strcmp(a->section, b->section);
	if (!order)
		order = strcmp(a->key, b->key);
	return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int compare_places(const void *first, const void *second)
{
	const struct ini_name *a = first, *b = second;
	int order = (a->section_place > b->section_place) - (a->section_place < b->section_place);
	return order ? order : (a->place > b->place) - (a->place < b->place);
}

/* Leaves each section and each key once, in the order in which they first come; returns how many. */
static size_t order_names(struct ini_name *names, size_t n)
{
	size_t kept = 0;
	qsort(names, n, sizeof *names, compare_names);
	for (size_t i = 0; i < n; i++) {
		struct ini_name *last = kept ? &names[kept - 1] : NULL;
		bool same_section = last && strcmp(last->section, names[i].section) == 0;
		if (same_section && strcmp(last->key, names[i].key) == 0) {
			if (*names[i].key)
				last->line = names[i].line;
			continue;
		}
		size_t section_place = same_section ? last->section_place : names[i].place;
		names[kept] = names[i];
		names[kept++].section_place = section_place;
	}
	qsort(names, kept, sizeof *names, compare_places);
	return kept;
}

/* Returns what is wrong with a line's names, or NULL. */
static const char *wrong_name(const struct ini_line *line, struct arena *arena)
{
	if (line->key && !*line->section)
		return text_printed(arena, "\"%s\" stands before the first section", line->name);
	if (!line->key && !*line->section)
		return "a section needs a name";
	if (!line->key && strpbrk(line->section, ":]"))
		return text_printed(arena, "[%s] a section's name can't hold a colon or a bracket", line->section);
	return NULL;
}

struct ini_name *ini_names_find(
	const char *file, const struct ini_line *lines, size_t lines_n, struct arena *arena, struct text *faults, size_t *n)
{
	struct ini_name *names = arena_take(arena, (lines_n + 1) * sizeof *names);
	*n = 0;
	for (size_t i = 0; i < lines_n; i++) {
		const char *wrong = wrong_name(&lines[i], arena), *key = lines[i].key;
		if (wrong)
			text_format(faults, "%s:%u: %s\n", file, lines[i].first, wrong);
		else if (!strpbrk(lines[i].section, ":]"))
			names[(*n)++] =
				(struct ini_name){.section = lines[i].section, .key = key ? key : "", .place = i, .line = &lines[i]};
	}
	*n = order_names(names, *n);
	return names;
}
