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

/* A load of a catalogue. */
struct loading {
	const char *path;
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

size_t catalogue_folders(const struct config *config, const char *folders[CATALOGUE_FOLDERS], struct arena *arena)
{
	const char *slash = strrchr(config->file, '/');
	folders[0] = config->catalogues;
	if (config->catalogues)
		return 1;
	folders[0] = text_printed(arena, "%.*slanguages", slash ? (int)(slash - config->file) + 1 : 0, config->file);
	folders[1] = DATADIR "/seeother/languages";
	return 2;
}

/* Returns what is wrong with an entry of [language], or NULL. */
static const char *read_language(const struct loading *loading, const struct ini_entry *entry)
{
	const char *text = entry->text;
	if (strcmp(entry->key, "direction") != 0)
		return "there is no such key; did you mean \"direction\"?";
	bool right_to_left = text && strcmp(text, "rtl") == 0;
	if (!text || (!right_to_left && strcmp(text, "ltr") != 0))
		return "takes ltr or rtl";
	loading->catalogue->right_to_left = right_to_left;
	return NULL;
}

/* Returns what is wrong with an entry of [messages], or NULL. */
static const char *read_message(const struct loading *loading, const struct ini_entry *entry)
{
	enum message message = message_keyed(entry->key);
	const char *text = entry->text;
	if (message == MESSAGES)
		return "there is no such message";
	if (!text)
		return "has a control character, or is not UTF-8";
	if (!*text)
		return "has no text";
	const char *strange = message_strange_hole(message, text, loading->arena);
	if (strange)
		return text_printed(loading->arena, "can't contain %s", strange);
	loading->catalogue->texts[message] = arena_copy(loading->arena, text, strlen(text));
	return NULL;
}

static void read_section(const struct loading *loading, const struct ini_section *section)
{
	bool language = strcmp(section->name, "language") == 0;
	if (!language && strcmp(section->name, "messages") != 0) {
		text_format(loading->faults, "%s:%u: [%s] there is no such section\n", loading->path, section->line, section->name);
		return;
	}
	for (size_t i = 0; i < section->entries_n; i++) {
		const struct ini_entry *entry = &section->entries[i];
		const char *wrong = language ? read_language(loading, entry) : read_message(loading, entry);
		if (wrong)
			text_format(loading->faults, "%s:%u: [%s] %s: %s\n", loading->path, entry->line, section->name, entry->key, wrong);
	}
}

struct catalogue *catalogue_load(const char *path, const char *tag, struct arena *arena, struct text *faults)
{
	struct ini *ini = ini_load(path, faults);
	if (!ini)
		return NULL;
	struct catalogue *catalogue = arena_take(arena, sizeof *catalogue);
	const struct loading loading = {path, catalogue, arena, faults};
	size_t n;
	const struct ini_section *sections = ini_sections(ini, &n);
	catalogue->tag = arena_copy(arena, tag, strlen(tag));
	for (size_t i = 0; i < n; i++)
		read_section(&loading, &sections[i]);
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
