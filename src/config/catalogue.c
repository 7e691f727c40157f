/*
 * [language] says direction = ltr or rtl; [messages] has KEY = text, the keys being those of message.h in lower case. A text that
 * needs a hole which the English one has not, or a key that there is not, is a fault, so that a misspelt one is noticed.
 */
#include "config/catalogue.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "config/ini.h"

#ifndef DATADIR
#define DATADIR "/usr/local/share"
#endif

/* A load under way. */
struct loading {
	const char *path, *section;
	struct catalogue *catalogue;
	struct arena *arena;
	struct text *faults;
};

static const char *path_of(const struct config *config, const char *tag, struct arena *arena)
{
	if (config->catalogues)
		return text_printed(arena, "%s/%s.ini", config->catalogues, tag);
	const char *slash = strrchr(config->file, '/');
	int folder = slash ? (int)(slash - config->file) + 1 : 0;
	const char *beside = text_printed(arena, "%.*slanguages/%s.ini", folder, config->file, tag);
	return access(beside, F_OK) == 0 ? beside : text_printed(arena, DATADIR "/seeother/languages/%s.ini", tag);
}

const char *catalogue_path(const struct config *config, const char *tag, struct arena *arena)
{
	char *shorter = arena_copy(arena, tag, strlen(tag)), *hyphen;
	const char *path = path_of(config, tag, arena), *other = path;
	while (access(other, F_OK) < 0 && (hyphen = strrchr(shorter, '-'))) {
		*hyphen = '\0';
		other = path_of(config, shorter, arena);
	}
	if (access(other, F_OK) == 0)
		return other;
	return strcasecmp(shorter, message_english.tag) == 0 ? NULL : path;
}

static void fault(const struct loading *loading, const char *key, const char *what)
{
	text_format(loading->faults, "%s: [%s] %s: %s\n", loading->path, loading->section, key, what);
}

static void take_language(void *context, const char *key, const char *text)
{
	struct loading *loading = context;
	bool right_to_left = text && strcmp(text, "rtl") == 0;
	if (strcmp(key, "direction") != 0)
		fault(loading, key, "there is no such key; did you mean \"direction\"?");
	else if (!text || (!right_to_left && strcmp(text, "ltr") != 0))
		fault(loading, key, "takes ltr or rtl");
	else
		loading->catalogue->right_to_left = right_to_left;
}

static void take_message(void *context, const char *key, const char *text)
{
	struct loading *loading = context;
	enum message message = message_keyed(key);
	if (message == MESSAGES) {
		fault(loading, key, "there is no such message");
		return;
	}
	if (!text || !*text) {
		fault(loading, key, text ? "has no text" : "holds a control character or is no UTF-8");
		return;
	}
	const char *strange = message_strange_hole(message, text, loading->arena);
	if (strange)
		fault(loading, key, text_printed(loading->arena, "knows no %s", strange));
	else
		loading->catalogue->texts[message] = arena_copy(loading->arena, text, strlen(text));
}

struct catalogue *catalogue_load(const char *path, const char *tag, struct arena *arena, struct text *faults)
{
	struct ini *ini = ini_load(path, faults);
	if (!ini)
		return NULL;
	struct catalogue *catalogue = arena_take(arena, sizeof *catalogue);
	struct loading loading = {path, NULL, catalogue, arena, faults};
	catalogue->tag = arena_copy(arena, tag, strlen(tag));
	for (size_t i = 0; i < ini_sections(ini); i++) {
		loading.section = ini_section(ini, i);
		if (strcmp(loading.section, "language") == 0)
			ini_each(ini, loading.section, take_language, &loading);
		else if (strcmp(loading.section, "messages") == 0)
			ini_each(ini, loading.section, take_message, &loading);
		else
			text_format(faults, "%s: [%s] there is no such section\n", path, loading.section);
	}
	ini_free(ini);
	return catalogue;
}

void catalogue_missing(const struct catalogue *catalogue, const char *path, struct text *faults)
{
	for (size_t i = 0; i < MESSAGES; i++)
		if (!catalogue->texts[i])
			text_format(faults, "%s: [messages] %s: is missing, so the English text is used: \"%s\"\n", path,
				message_key((enum message)i, faults->arena), message_english.texts[i]);
}
