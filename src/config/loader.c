/* The loader; see loader.h. */
#include "config/loader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct arena *loader_arena(struct loader *loader)
{
	return &loader->config->arena;
}

void loader_fault(struct loader *loader, const char *format, ...)
{
	char what[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	text_format(loader->faults, "%s: ", loader->config->file);
	if (loader->section)
		text_format(loader->faults, "[%s] ", loader->section);
	if (loader->key)
		text_format(loader->faults, "%s: ", loader->key);
	text_format(loader->faults, "%s\n", what);
}

const char *loader_name(const struct loader *loader, const char *kind)
{
	size_t n = strlen(kind);
	if (strncmp(loader->section, kind, n) != 0 || !strchr(" \t", loader->section[n]))
		return NULL;
	return loader->section + n + strspn(loader->section + n, " \t");
}

static void take_entry(void *context, const char *key, const char *text)
{
	struct loader *loader = context;
	loader->key = key;
	if (text)
		loader->take(loader, text);
	else
		loader_fault(loader, "holds a control character or is no UTF-8");
}

void loader_each(struct loader *loader, entry_taker *take, void *into, size_t kind)
{
	loader->take = take;
	loader->into = into;
	loader->kind = kind;
	ini_each(loader->ini, loader->section, take_entry, loader);
	loader->key = NULL;
}

struct setting_source loader_source(const struct loader *loader)
{
	return (struct setting_source){&loader->config->arena, loader->config->file};
}

void loader_setting(struct loader *loader, enum setting_kind kind, const char *text, void *into)
{
	struct setting_source source = loader_source(loader);
	const char *wrong = setting_read(&source, kind, loader->key, text, into);
	if (wrong)
		loader_fault(loader, "%s", wrong);
}
