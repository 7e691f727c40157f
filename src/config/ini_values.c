/*
 * iniparser finds the values. It looks for each key that it has read among all others, so the time it takes grows with the square of a
 * file's length: it gets a part at a time, from one section's first line to another's. Versions before 4.2 can only read files, so a part
 * is copied to one, and parts are larger. iniparser gives nothing of a text that has one wrong line, and stops at a byte order mark;
 * both are taken out first.
 */
#include "config/ini_values.h"

#if __has_include(<iniparser/iniparser.h>)
#include <iniparser/iniparser.h>
#else
#include <iniparser.h>
#endif
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/span.h"

enum { FILE_MAX = 16 << 20, PART = 4096, COPIED_PART = 16384, WRONG_LINES_MAX = 100, TRIES = 5 };

/* A file that is being read. */
struct reading {
	const char *file;
	struct arena *arena;
	struct text *faults;
	struct span content;             /* without a byte order mark and without the wrong lines */
	bool as_it_is;                   /* nothing was taken out of it */
	ssize_t part;                    /* how long the parts may be, if a section is not longer */
	const char *uncopied;            /* the path to which a part could not be copied */
	const char *parsed;              /* what iniparser calls the text that it reads */
	unsigned before;                 /* lines of the file that come before that text */
	unsigned wrong[WRONG_LINES_MAX]; /* numbers of the lines that iniparser can't read */
	size_t wrong_n;
	bool lost; /* iniparser and ini_lines.c have found different lines */
};

/* Since version 4.2; NULL with an older one, which reads files by their names only. */
extern dictionary *iniparser_load_file(FILE *, const char *) __attribute__((weak));

/* --- one part, by iniparser ---------------------------------------------------------------------------------------- */

/* iniparser hands its complaints to a function without a context, so the file that is being read is kept here meanwhile. */
static struct reading *complaining;

/* Appends the fault of a line that iniparser can't read. */
static void say_wrong(const struct reading *reading, unsigned number, bool too_long)
{
	struct span line = span_trim(ini_lines_numbered(reading->content, number));
	const char *why = line.length && line.bytes[0] == '[' && memchr(line.bytes, ']', line.length)
		? "a comment needs a line of its own, it can't follow a [section]"
		: "a line is a [section], a key = value, or a comment";
	text_format(reading->faults, "%s:%u: ", reading->file, number);
	if (too_long)
		text_put(reading->faults, "the line is too long: it may have at most 1,022 bytes\n");
	else
		text_format(reading->faults, "syntax error in \"%.*s\": %s\n", (int)line.length, line.bytes, why);
}

/* Takes "input line too long in FILE (LINE)" and "syntax error in FILE (LINE):", which version 4.1 follows with "-> TEXT" alone. */
static int take_complaint(const char *format, ...)
{
	char line[PATH_MAX + 1200];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	struct reading *reading = complaining;
	const char *path = strncmp(line, "->", 2) == 0 ? NULL : strstr(line, reading->parsed);
	unsigned number = 0;
	if (!path || sscanf(path + strlen(reading->parsed), " (%u)", &number) != 1 || reading->wrong_n == WRONG_LINES_MAX)
		return 0;
	number += reading->before;
	say_wrong(reading, number, strncmp(line, "iniparser: input line too long", 30) == 0);
	reading->wrong[reading->wrong_n++] = number;
	return 0;
}

static dictionary *parse_memory(struct reading *reading, struct span part)
{
	struct span text = part.length ? part : (struct span){"\n", 1};
	FILE *stream = fmemopen((void *)(uintptr_t)text.bytes, text.length, "r");
	if (!stream)
		return NULL;
	reading->parsed = reading->file;
	dictionary *entries = iniparser_load_file(stream, reading->parsed);
	fclose(stream);
	return entries;
}

/* A read that fails is the end of the file to iniparser: errno alone tells that there would be more. */
static dictionary *parse_file(struct reading *reading, const char *path)
{
	reading->parsed = path;
	errno = 0;
	dictionary *entries = iniparser_load(path);
	int reason = errno;
	if (entries && reason) {
		iniparser_freedict(entries);
		entries = NULL;
	}
	errno = reason;
	return entries;
}

/* Has an older version of iniparser read a copy, which is removed again. */
static dictionary *parse_copy(struct reading *reading, struct span part)
{
	const char *folder = getenv("TMPDIR");
	char *path = text_printed(reading->arena, "%s/seeother.XXXXXX", folder && *folder ? folder : "/tmp");
	int descriptor = mkstemp(path);
	reading->uncopied = descriptor < 0 || file_write(descriptor, part.bytes, part.length) < 0 ? path : NULL;
	int reason = errno;
	file_close(descriptor);
	errno = reason;
	dictionary *entries = reading->uncopied ? NULL : parse_file(reading, path);
	reason = errno;
	if (descriptor >= 0)
		unlink(path);
	errno = reason;
	return entries;
}

/* NULL and errno, which is 0 if the part has a wrong line. */
static dictionary *parse_part(struct reading *reading, struct span part)
{
	complaining = reading;
	iniparser_set_error_callback(take_complaint);
	errno = 0;
	dictionary *entries = iniparser_load_file                             ? parse_memory(reading, part)
		: part.length == reading->content.length && reading->as_it_is ? parse_file(reading, reading->file)
									      : parse_copy(reading, part);
	int reason = reading->wrong_n ? 0 : errno;
	iniparser_set_error_callback(NULL);
	complaining = NULL;
	errno = entries ? 0 : reason;
	return entries;
}

/* --- the lines ----------------------------------------------------------------------------------------------------- */

/* Returns the place of an entry, or -1; looks first behind the one before, since iniparser keeps them in their order. */
static ssize_t find_entry(const dictionary *entries, const char *name, ssize_t before)
{
	unsigned hash = dictionary_hash(name);
	ssize_t size = (ssize_t)entries->size, at = before;
	for (ssize_t i = 0; i < size; i++) {
		at = at + 1 < size ? at + 1 : 0;
		if (entries->key[at] && entries->hash[at] == hash && strcmp(entries->key[at], name) == 0)
			return at;
	}
	return -1;
}

/* Gives each line the value that iniparser has read, which is that of the last line that sets the key. */
static void take_values(struct reading *reading, struct ini_line *lines, size_t n, const dictionary *entries)
{
	struct text name = {.arena = reading->arena};
	bool *taken = arena_take(reading->arena, (size_t)entries->size * sizeof *taken);
	size_t taken_n = 0;
	ssize_t at = -1;
	for (struct ini_line *line = lines; line < lines + n; line++) {
		name.length = 0;
		text_put(&name, line->section);
		if (line->key)
			text_byte(&name, ':');
		text_put(&name, line->key ? line->key : "");
		ssize_t found = find_entry(entries, text_string(&name), at);
		if (found < 0) {
			reading->lost = true;
			continue;
		}
		at = found;
		taken_n += !taken[at];
		taken[at] = true;
		const char *value = entries->val[at] ? entries->val[at] : "";
		line->read = arena_copy(reading->arena, value, strlen(value));
	}
	reading->lost |= taken_n != (size_t)entries->n;
}

/* Reads the values of the lines, part by part; false and errno on failure. */
static bool read_by_parts(struct reading *reading, struct ini_line *lines, size_t n)
{
	struct span rest = reading->content;
	size_t first = 0;
	int failed = 0;
	reading->before = 0;
	do {
		size_t next = first, length = rest.length;
		while (next < n && (lines[next].key || lines[next].begin - rest.bytes < reading->part))
			next++;
		if (next < n)
			length = (size_t)(lines[next].begin - rest.bytes);
		dictionary *entries = parse_part(reading, (struct span){rest.bytes, length});
		if (entries)
			take_values(reading, lines + first, next - first, entries);
		else
			failed = errno ? errno : -1;
		if (entries)
			iniparser_freedict(entries);
		rest = (struct span){rest.bytes + length, rest.length - length};
		first = next;
		reading->before = next < n ? lines[next].first - 1 : 0;
	} while (rest.length && failed <= 0);
	errno = failed > 0 ? failed : 0;
	return !failed;
}

/* Reads the file, without the lines that are wrong, each of which is a fault; NULL and errno if the file can't be read. */
static struct ini_line *read_all(struct reading *reading, size_t *n)
{
	struct span *content = &reading->content;
	if (file_read(reading->file, FILE_MAX, reading->arena, content) < 0)
		return NULL;
	bool marked = content->length >= 3 && memcmp(content->bytes, "\xef\xbb\xbf", 3) == 0;
	if (marked)
		*content = (struct span){content->bytes + 3, content->length - 3};
	reading->as_it_is = !marked;
	reading->part = iniparser_load_file ? PART : COPIED_PART;
	for (int i = 0; i < TRIES; i++) {
		size_t wrong = reading->wrong_n;
		reading->lost = false;
		*n = 0;
		struct ini_line *lines = ini_lines_read(*content, reading->arena, n);
		if (read_by_parts(reading, lines, *n))
			return lines;
		if (reading->uncopied && reading->as_it_is) {
			reading->part = SSIZE_MAX; /* slow, and better than nothing */
			reading->uncopied = NULL;
			continue;
		}
		if (reading->uncopied)
			text_format(reading->faults,
				"%s: has a byte order mark or a wrong line, and can't be copied to %s to be read without: %s\n",
				reading->file, reading->uncopied, strerror(errno));
		if (errno || reading->wrong_n == wrong)
			return NULL;
		*content = ini_lines_without(*content, reading->wrong, reading->wrong_n, reading->arena);
		reading->as_it_is = false;
	}
	errno = 0;
	return NULL;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
		memcmp(&a->st_mtim, &b->st_mtim, sizeof a->st_mtim) == 0;
}

/* Reads the file again as long as it is written or replaced meanwhile. */
struct ini_line *ini_values_read(const char *file, struct arena *arena, struct text *faults, size_t *n, bool *lost)
{
	struct stat before, after;
	size_t faults_before = faults->length;
	struct reading reading = {.file = file, .arena = arena, .faults = faults};
	struct ini_line *lines = NULL;
	for (int i = 0; i < TRIES; i++) {
		int looked = stat(file, &before);
		lines = read_all(&reading, n);
		int reason = errno;
		bool steady = looked == 0 && stat(file, &after) == 0 && is_same_file(&before, &after);
		errno = reason;
		if (steady || looked < 0 || i + 1 == TRIES)
			break;
		if (faults->length > faults_before)
			faults->bytes[faults->length = faults_before] = '\0';
		reading.wrong_n = 0;
	}
	*lost = reading.lost;
	return lines;
}
