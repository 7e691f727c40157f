/*
 * iniparser lower-cases keys, lets a repeated key win silently, and its versions read quoted values in two ways (4.2 takes a backslash
 * between quotes for an escape). So the lines of the file are looked at here too: for names as they are written, for line numbers, and
 * for the one meaning that quoted values have, in which a backslash stands for itself.
 */
#include "config/ini.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/span.h"
#include "base/utf8.h"
#include "config/ini_names.h"
#include "config/ini_values.h"

struct ini {
	struct arena arena; /* holds all of it */
	struct ini_section *sections;
	size_t sections_n;
};

static bool is_clean(struct span text)
{
	for (size_t n; text.length; text = (struct span){text.bytes + n, text.length - n}) {
		n = utf8_sequence(text.bytes, text.length);
		if (!n || ((unsigned char)*text.bytes < ' ' && *text.bytes != '\t') || *text.bytes == 0x7f)
			return false;
	}
	return true;
}

/* Builds the sections from the lines. */
static void build_sections(struct ini *ini, const char *file, const struct ini_line *lines, size_t lines_n, struct text *faults)
{
	size_t n;
	const struct ini_name *found = ini_names_find(file, lines, lines_n, &ini->arena, faults, &n);
	ini->sections = arena_take(&ini->arena, (n + 1) * sizeof *ini->sections);
	struct ini_entry *made = arena_take(&ini->arena, (n + 1) * sizeof *made);
	for (size_t i = 0; i < n; i++) {
		const struct ini_line *line = found[i].line;
		if (!*found[i].key) {
			ini->sections[ini->sections_n++] = (struct ini_section){found[i].section, line->first, made, 0};
			continue;
		}
		struct span text = span_of(line->read ? line->read : "");
		ini_lines_quoted(line->value, &text);
		bool clean = is_clean(text) && is_clean(span_of(found[i].key));
		*made++ = (struct ini_entry){
			found[i].key, line->name, clean ? arena_copy(&ini->arena, text.bytes, text.length) : NULL, line->first};
		ini->sections[ini->sections_n - 1].entries_n++;
	}
}

struct ini *ini_load(const char *file, struct text *faults)
{
	struct ini *ini = calloc(1, sizeof *ini);
	if (!ini)
		diag_die("out of memory");
	size_t before = faults->length, n = 0;
	bool lost;
	struct ini_line *lines = ini_values_read(file, &ini->arena, faults, &n, &lost);
	int reason = errno;
	size_t wrong = faults->length;
	if (lines) {
		build_sections(ini, file, lines, n, faults);
		if (lost && faults->length == wrong)
			text_format(faults, "%s: has lines that can't be read reliably; look for control characters\n", file);
		return ini;
	}
	if (faults->length == before)
		text_format(faults, "%s: can't be read: %s\n", file, reason ? strerror(reason) : "out of memory");
	ini_free(ini);
	errno = reason;
	return NULL;
}

void ini_free(struct ini *ini)
{
	if (ini)
		arena_free(&ini->arena);
	free(ini);
}

const struct ini_section *ini_sections(const struct ini *ini, size_t *n)
{
	*n = ini->sections_n;
	return ini->sections;
}

unsigned ini_line(const struct ini *ini, const char *section, const char *key)
{
	for (size_t i = 0; i < ini->sections_n; i++) {
		const struct ini_section *one = &ini->sections[i];
		if (strcmp(one->name, section) != 0)
			continue;
		for (size_t j = 0; key && j < one->entries_n; j++)
			if (strcmp(one->entries[j].key, key) == 0)
				return one->entries[j].line;
		return key ? 0 : one->line;
	}
	return 0;
}
