/*
 * iniparser lower-cases keys, keeps them in order and lets a repeated key win silently. It takes "[a:b]" and a key before any
 * section for keys of others, or loses them: neither may pass.
 */
#include "ini.h"

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

#include "diag.h"

struct ini {
	dictionary *entries;
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
	struct ini *ini = calloc(1, sizeof *ini);
	if (!ini)
		diag_die("out of memory");
	ini->entries = entries;
	return ini;
}

void ini_free(struct ini *ini)
{
	if (!ini)
		return;
	iniparser_freedict(ini->entries);
	free(ini);
}

size_t ini_sections(const struct ini *ini)
{
	int n = iniparser_getnsec(ini->entries);
	return n > 0 ? (size_t)n : 0;
}

const char *ini_section(const struct ini *ini, size_t i)
{
	return iniparser_getsecname(ini->entries, (int)i);
}

size_t ini_entries(const struct ini *ini, const char *section)
{
	int n = iniparser_getsecnkeys(ini->entries, section);
	return n > 0 ? (size_t)n : 0;
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
	struct arena arena = {0};
	size_t n = ini_entries(ini, section), prefix = strlen(section) + 1;
	const char **entries = arena_take(&arena, (n + 1) * sizeof *entries);
	if (n && iniparser_getseckeys(ini->entries, section, entries))
		for (size_t i = 0; i < n; i++) {
			const char *key = entries[i] + prefix, *text = iniparser_getstring(ini->entries, entries[i], "");
			take(context, key, is_clean(text) && is_clean(key) ? text : NULL);
		}
	arena_free(&arena);
}
