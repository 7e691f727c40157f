/* A load of config.ini: what each of its sections' readers needs. */
#include "config/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void loader_fault(const struct loader *loader, const char *section, const char *key, const char *format, ...)
{
	char what[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	unsigned line = section ? ini_line(loader->ini, section, key) : 0;
	if (section && !line)
		line = ini_line(loader->ini, section, NULL); /* the key is not set, which may be what is wrong */
	text_put(loader->faults, loader->config->file);
	if (line)
		text_format(loader->faults, ":%u", line);
	text_put(loader->faults, ": ");
	if (section)
		text_format(loader->faults, "[%s] ", section);
	if (key)
		text_format(loader->faults, "%s: ", key);
	text_format(loader->faults, "%s\n", what);
}

const char *loader_name(const char *section, const char *kind)
{
	size_t n = strlen(kind);
	if (strncmp(section, kind, n) != 0 || !strchr(" \t", section[n]))
		return NULL;
	return section + n + strspn(section + n, " \t");
}

struct setting_source loader_source(const struct loader *loader)
{
	return (struct setting_source){&loader->config->arena, loader->config->file};
}

const char *loader_text(const struct loader *loader, const struct ini_section *section, const struct ini_entry *entry)
{
	if (!entry->text)
		loader_fault(loader, section->name, entry->key, "has a control character, or is not UTF-8");
	return entry->text;
}

void loader_setting(
	const struct loader *loader, const struct ini_section *section, const struct ini_entry *entry, enum setting_kind kind, void *into)
{
	struct setting_source source = loader_source(loader);
	const char *text = loader_text(loader, section, entry);
	const char *wrong = text ? setting_read(&source, kind, entry->key, text, into) : NULL;
	if (wrong)
		loader_fault(loader, section->name, entry->key, "%s", wrong);
}

void loader_settings(const struct loader *loader, const struct ini_section *section, enum setting_kind kind, void *into)
{
	struct setting_source source = loader_source(loader);
	setting_defaults(&source, kind, into);
	for (size_t i = 0; i < section->entries_n; i++)
		loader_setting(loader, section, &section->entries[i], kind, into);
}
