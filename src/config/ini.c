/*
 * iniparser finds the sections, keys and values. It lower-cases keys, lets a repeated key win silently, stops at a byte order mark,
 * gives nothing of a file that has one wrong line, and its versions read quoted values in two ways (4.2 takes a backslash between
 * quotes for an escape). So the lines of the file are looked at here too: for names as they are written, for line numbers, and for the
 * one meaning that quoted values have, in which a backslash stands for itself.
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
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/span.h"
#include "base/utf8.h"
#include "config/ini_lines.h"
#include "config/ini_names.h"

enum { FILE_MAX = 16 << 20, WRONG_LINES_MAX = 100, TRIES = 5 };

struct ini {
	struct arena arena; /* holds all of it */
	struct ini_section *sections;
	size_t sections_n;
};

/* A load under way. */
struct load {
	const char *file;
	struct arena *arena;
	struct text *faults;
	const char *parsed;              /* the file, or a copy of it */
	struct span content;             /* without a byte order mark and without the wrong lines */
	unsigned wrong[WRONG_LINES_MAX]; /* numbers of the lines that iniparser can't read */
	size_t wrong_n;
};

/* --- reading, by iniparser ----------------------------------------------------------------------------------------- */

/* iniparser hands its complaints to a function without a context, so the load under way is kept here meanwhile. */
static struct load *complaining;

/* Appends the fault of a line that iniparser can't read. */
static void say_wrong(const struct load *load, unsigned number, bool too_long)
{
	struct span line = span_trim(ini_lines_numbered(load->content, number));
	const char *why = line.length && line.bytes[0] == '[' && memchr(line.bytes, ']', line.length)
		? "a comment needs a line of its own, it can't follow a [section]"
		: "a line is a [section], a key = value, or a comment";
	text_format(load->faults, "%s:%u: ", load->file, number);
	if (too_long)
		text_put(load->faults, "the line is too long: it may have at most 1,022 bytes\n");
	else
		text_format(load->faults, "syntax error in \"%.*s\": %s\n", (int)line.length, line.bytes, why);
}

/* Takes "input line too long in FILE (LINE)" and "syntax error in FILE (LINE):", which version 4.1 follows with "-> TEXT" alone. */
static int take_complaint(const char *format, ...)
{
	char line[PATH_MAX + 1200];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	struct load *load = complaining;
	const char *path = strncmp(line, "->", 2) == 0 ? NULL : strstr(line, load->parsed);
	unsigned number = 0;
	if (!path || sscanf(path + strlen(load->parsed), " (%u)", &number) != 1 || load->wrong_n == WRONG_LINES_MAX)
		return 0;
	say_wrong(load, number, strncmp(line, "iniparser: input line too long", 30) == 0);
	load->wrong[load->wrong_n++] = number;
	return 0;
}

/* Has iniparser read the file, or the copy; NULL and errno, which is 0 if the content is at fault. */
static dictionary *parse(struct load *load, const char *path)
{
	load->parsed = path;
	complaining = load;
	iniparser_set_error_callback(take_complaint);
	errno = 0; /* a read that fails is the end of the file to iniparser: errno alone tells that there would be more */
	dictionary *entries = iniparser_load(path);
	int reason = errno;
	iniparser_set_error_callback(NULL);
	complaining = NULL;
	if (entries && reason) {
		iniparser_freedict(entries);
		entries = NULL;
	}
	errno = reason;
	return entries;
}

/* Has iniparser read what is left of the content, from a copy that is removed again; NULL and errno as from parse. */
static dictionary *parse_copy(struct load *load)
{
	const char *folder = getenv("TMPDIR");
	char *path = text_printed(load->arena, "%s/seeother.XXXXXX", folder && *folder ? folder : "/tmp");
	int descriptor = mkstemp(path);
	int failed = descriptor < 0 ? -1 : file_write(descriptor, load->content.bytes, load->content.length);
	if (failed)
		text_format(load->faults, "%s: has a byte order mark or a wrong line, and can't be copied to %s to be read without: %s\n",
			load->file, path, strerror(errno));
	file_close(descriptor);
	dictionary *entries = failed ? NULL : parse(load, path);
	int reason = errno;
	if (descriptor >= 0)
		unlink(path);
	errno = reason;
	return entries;
}

static bool skip_byte_order_mark(struct span *content)
{
	bool marked = content->length >= 3 && memcmp(content->bytes, "\xef\xbb\xbf", 3) == 0;
	if (marked)
		*content = (struct span){content->bytes + 3, content->length - 3};
	return marked;
}

/* Reads the file, without the lines that are wrong, each of which is a fault; NULL and errno if the file can't be read. */
static dictionary *read_entries(struct load *load)
{
	if (file_read(load->file, FILE_MAX, load->arena, &load->content) < 0)
		return NULL;
	bool copied = skip_byte_order_mark(&load->content);
	dictionary *entries = copied ? NULL : parse(load, load->file);
	size_t before = 0;
	for (int i = 0; i < TRIES && !entries && (copied || (errno == 0 && load->wrong_n > before)); i++, copied = false) {
		before = load->wrong_n;
		load->content = ini_lines_without(load->content, load->wrong, load->wrong_n, load->arena);
		entries = parse_copy(load);
	}
	return entries;
}

/* --- what iniparser has lost ----------------------------------------------------------------------------------------- */

static bool is_clean(struct span text)
{
	for (size_t n; text.length; text = (struct span){text.bytes + n, text.length - n}) {
		n = utf8_sequence(text.bytes, text.length);
		if (!n || ((unsigned char)*text.bytes < ' ' && *text.bytes != '\t') || *text.bytes == 0x7f)
			return false;
	}
	return true;
}

/* An entry as iniparser has it; a section has no text. */
struct parsed {
	const char *name; /* "section:key" */
	const char *text;
};

static int compare_parsed(const void *a, const void *b)
{
	return strcmp(((const struct parsed *)a)->name, ((const struct parsed *)b)->name);
}

/* Returns what iniparser has read, sorted; iniparser itself would look for each key from its first one on. */
static struct parsed *sort_entries(const dictionary *entries, struct arena *arena, size_t *n)
{
	struct parsed *sorted = arena_take(arena, ((size_t)entries->n + 1) * sizeof *sorted);
	*n = 0;
	for (size_t i = 0; i < (size_t)entries->size; i++)
		if (entries->key[i])
			sorted[(*n)++] = (struct parsed){entries->key[i], entries->val[i]};
	qsort(sorted, *n, sizeof *sorted, compare_parsed);
	return sorted;
}

/* Makes an entry of what was found; false if iniparser knows no such key. */
static bool make_entry(struct ini_entry *entry, const struct ini_name *found, const struct parsed *sorted, size_t n, struct arena *arena)
{
	const struct parsed wanted = {.name = text_printed(arena, "%s:%s", found->section, found->key)};
	const struct parsed *known = bsearch(&wanted, sorted, n, sizeof *sorted, compare_parsed);
	if (!known)
		return false;
	struct span text = span_of(known->text ? known->text : "");
	ini_lines_quoted(found->line->value, &text);
	bool clean = is_clean(text) && is_clean(span_of(found->key));
	*entry = (struct ini_entry){
		found->key, found->line->name, clean ? arena_copy(arena, text.bytes, text.length) : NULL, found->line->first};
	return true;
}

/* Builds the sections from what iniparser has read and what the lines tell. */
static void build_sections(struct ini *ini, struct load *load, const dictionary *entries)
{
	size_t n, sorted_n, before = load->faults->length;
	const struct ini_name *found = ini_names_find(load->file, load->content, load->arena, load->faults, &n);
	const struct parsed *sorted = sort_entries(entries, load->arena, &sorted_n);
	ini->sections = arena_take(load->arena, (n + 1) * sizeof *ini->sections);
	struct ini_entry *made = arena_take(load->arena, (n + 1) * sizeof *made);
	bool known = load->faults->length > before || n == sorted_n;
	for (size_t i = 0; i < n; i++) {
		if (!*found[i].key)
			ini->sections[ini->sections_n++] = (struct ini_section){found[i].section, found[i].line->first, made, 0};
		else if (make_entry(made, &found[i], sorted, sorted_n, load->arena))
			made++, ini->sections[ini->sections_n - 1].entries_n++;
		else
			known = false;
	}
	if (!known)
		text_format(load->faults, "%s: has lines that can't be read reliably; look for control characters\n", load->file);
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
		memcmp(&a->st_mtim, &b->st_mtim, sizeof a->st_mtim) == 0;
}

/* Reads the file as long as it is replaced while it is read, which happens twice: once by iniparser. NULL and errno as from parse. */
static dictionary *read_steadily(struct load *load)
{
	struct stat before, after;
	size_t faults_before = load->faults->length;
	dictionary *entries = NULL;
	for (int i = 0; i < TRIES; i++) {
		int looked = stat(load->file, &before);
		entries = read_entries(load);
		int reason = errno;
		bool steady = looked == 0 && stat(load->file, &after) == 0 && is_same_file(&before, &after);
		errno = reason;
		if (steady || looked < 0 || i + 1 == TRIES)
			break;
		if (entries)
			iniparser_freedict(entries);
		if (load->faults->length > faults_before)
			load->faults->bytes[load->faults->length = faults_before] = '\0';
		load->wrong_n = 0;
	}
	return entries;
}

struct ini *ini_load(const char *file, struct text *faults)
{
	struct ini *ini = calloc(1, sizeof *ini);
	if (!ini)
		diag_die("out of memory");
	struct load load = {.file = file, .arena = &ini->arena, .faults = faults};
	size_t before = faults->length;
	dictionary *entries = read_steadily(&load);
	int reason = errno;
	if (entries) {
		build_sections(ini, &load, entries);
		iniparser_freedict(entries);
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
