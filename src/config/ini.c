/*
 * iniparser lower-cases keys, keeps them in order and lets a repeated key win silently. It takes "[a:b]" and a key before any
 * section for keys of others, or loses them: neither may pass. Whatever it is asked for it looks for from its first entry on, so
 * all that it has read is sorted here, once.
 */
#include "config/ini.h"

#if __has_include(<iniparser/iniparser.h>)
#include <iniparser/iniparser.h>
#else
#include <iniparser.h>
#endif
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/utf8.h"

/* An entry as the dictionary has it. */
struct entry {
	const char *section, *key, *text; /* the section goes on with ":key" */
	size_t section_n;                 /* bytes of the section's name */
	ssize_t place;                    /* in the dictionary */
};

struct ini {
	dictionary *entries;
	struct entry *sorted;  /* by section, each with its entries in their order */
	const char **sections; /* in their order */
	size_t sorted_n, sections_n;
};

static bool names_sound(const char *file, const dictionary *entries, struct text *faults)
{
	size_t before = faults->length;
	for (ssize_t i = 0; i < entries->size; i++) {
		const char *key = entries->key[i];
		if (key && key[0] == ':')
			text_format(faults, "%s: \"%s\" stands before the first section\n", file, key + 1);
		else if (key && !entries->val[i] && strchr(key, ':'))
			text_format(faults, "%s: [%s] a section's name can't hold a colon\n", file, key);
	}
	return faults->length == before;
}

/* iniparser hands its complaints to a function without a context, so the load under way is kept here meanwhile. */
static struct text *complaints;

static int complain(const char *format, ...)
{
	char line[PATH_MAX + 1200];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	const char *what = strncmp(line, "iniparser: ", 11) == 0 ? line + 11 : line;
	if (strncmp(what, "cannot open ", 12) == 0) {
		text_format(complaints, "%.*s: can't be read, or is not there\n", (int)strcspn(what + 12, "\n"), what + 12);
		return 0;
	}
	for (; *what; what++)
		text_add(complaints, *what == '\n' ? " " : what, 1);
	complaints->bytes[complaints->length - 1] = '\n';
	return 0;
}

static int compare_sections(const struct entry *a, const struct entry *b)
{
	size_t n = a->section_n < b->section_n ? a->section_n : b->section_n;
	int order = memcmp(a->section, b->section, n);
	return order ? order : (a->section_n > b->section_n) - (a->section_n < b->section_n);
}

static int compare(const void *first, const void *second)
{
	const struct entry *a = first, *b = second;
	int order = compare_sections(a, b);
	return order ? order : (a->place > b->place) - (a->place < b->place);
}

static struct ini *sort(dictionary *entries)
{
	struct ini *ini = calloc(1, sizeof *ini);
	size_t room = (size_t)entries->size + 1;
	if (!ini || !(ini->sorted = calloc(room, sizeof *ini->sorted)) || !(ini->sections = calloc(room, sizeof *ini->sections)))
		diag_die("out of memory");
	ini->entries = entries;
	for (ssize_t i = 0; i < entries->size; i++) {
		const char *name = entries->key[i], *text = entries->val[i], *colon = name ? strchr(name, ':') : NULL;
		if (colon)
			ini->sorted[ini->sorted_n++] = (struct entry){name, colon + 1, text ? text : "", (size_t)(colon - name), i};
		else if (name)
			ini->sections[ini->sections_n++] = name;
	}
	qsort(ini->sorted, ini->sorted_n, sizeof *ini->sorted, compare);
	return ini;
}

struct ini *ini_load(const char *file, struct text *faults)
{
	complaints = faults;
	iniparser_set_error_callback(complain);
	errno = 0; /* a read that fails is the end of the file to iniparser: errno alone tells that there would be more */
	dictionary *entries = iniparser_load(file);
	int reason = errno;
	iniparser_set_error_callback(NULL);
	if (entries && reason)
		text_format(faults, "%s: can't be read: %s\n", file, strerror(reason));
	if (!entries || reason || !names_sound(file, entries, faults)) {
		if (entries)
			iniparser_freedict(entries);
		errno = reason;
		return NULL;
	}
	return sort(entries);
}

void ini_free(struct ini *ini)
{
	if (!ini)
		return;
	iniparser_freedict(ini->entries);
	free(ini->sorted);
	free(ini->sections);
	free(ini);
}

size_t ini_sections(const struct ini *ini)
{
	return ini->sections_n;
}

const char *ini_section(const struct ini *ini, size_t i)
{
	return ini->sections[i];
}

/* Gives the first entry of a section, or where it would be, and how many there are. */
static const struct entry *entries_of(const struct ini *ini, const char *section, size_t *n)
{
	const struct entry wanted = {.section = section, .section_n = strlen(section)};
	size_t from = 0, to = ini->sorted_n;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (compare_sections(&ini->sorted[middle], &wanted) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	for (*n = 0; from + *n < ini->sorted_n && compare_sections(&ini->sorted[from + *n], &wanted) == 0;)
		++*n;
	return &ini->sorted[from];
}

size_t ini_entries(const struct ini *ini, const char *section)
{
	size_t n;
	entries_of(ini, section, &n);
	return n;
}

static bool is_clean(const char *text)
{
	for (size_t left = strlen(text), n; left; text += n, left -= n) {
		n = utf8_sequence(text, left);
		if (!n || ((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	}
	return true;
}

void ini_each(const struct ini *ini, const char *section, ini_taker *take, void *context)
{
	size_t n;
	const struct entry *entries = entries_of(ini, section, &n);
	for (size_t i = 0; i < n; i++)
		take(context, entries[i].key, is_clean(entries[i].text) && is_clean(entries[i].key) ? entries[i].text : NULL);
}
