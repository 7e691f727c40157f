/* What is asked of a configuration once it is loaded; config_file.c loads it. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "file.h"
#include "pattern.h"
#include "repeats.h"

void config_free(struct config *config)
{
	if (config)
		arena_free(&config->arena);
	free(config);
}

const struct form *config_form(const struct config *config, struct span name)
{
	for (size_t i = 0; i < config->forms_n; i++)
		if (span_is(name, config->forms[i].name))
			return &config->forms[i];
	return NULL;
}

const struct thing *config_thing(const struct config *config, const char *path, struct captures *captures)
{
	for (size_t i = 0; i < config->things_n; i++)
		if (route_match(config->things[i].path, path, captures))
			return &config->things[i];
	return NULL;
}

const struct forward *config_forward(const struct config *config, const char *path, struct captures *captures)
{
	for (size_t i = 0; i < config->forwards_n; i++)
		if (route_match(config->forwards[i].path, path, captures))
			return &config->forwards[i];
	return NULL;
}

bool config_leads_back(const struct config *config, const char *root, const char *uri)
{
	size_t n = strlen(root);
	const char *path = uri + n;
	const char *host = strstr(root, "://");
	if (*uri == '/') { /* a path of the same site: compare with the path of the root */
		const char *own = host ? host + 3 + strcspn(host + 3, "/") : root;
		n = strlen(own);
		path = uri + n;
		if (strncmp(uri, own, n) != 0)
			return false;
	} else if (strncmp(uri, root, n) != 0) {
		return false;
	}
	struct span rest = {path, strcspn(path, "?#")};
	for (size_t i = 0; i < config->things_n; i++)
		if (route_may_be(config->things[i].path, rest))
			return true;
	for (size_t i = 0; i < config->forwards_n; i++)
		if (route_may_be(config->forwards[i].path, rest))
			return true;
	return false;
}

const struct field *form_field(const struct form *form, struct span name)
{
	for (size_t i = 0; i < form->fields_n; i++)
		if (span_is(name, form->fields[i].name))
			return &form->fields[i];
	return NULL;
}

bool form_shows(const struct form *form, struct span name)
{
	const struct field *field = form_field(form, name);
	if (form->show == SHOW_NONE)
		return false;
	if (form->show == SHOW_ALL)
		return !field || (field->type != FIELD_TRAP && field->type != FIELD_HIDDEN);
	for (const char *list = form->show_names; *list;) {
		list += strspn(list, " \t,");
		size_t n = strcspn(list, " \t,");
		if (n == name.length && memcmp(list, name.bytes, n) == 0)
			return true;
		list += n;
	}
	return false;
}

static void try_patterns(const struct config *config, struct text *faults)
{
	char message[PATTERN_MESSAGE];
	for (size_t i = 0; i < config->forms_n; i++)
		for (size_t j = 0; j < config->forms[i].fields_n; j++) {
			const struct field *field = &config->forms[i].fields[j];
			if (field->pattern && !pattern_valid(field->pattern, message))
				text_format(faults, "%s: [patterns %s] %s: %s\n", config->file, config->forms[i].name,
					field->key, message);
		}
}

static void try_language(const struct config *config, const char *tag, struct text *faults)
{
	struct arena *arena = faults->arena;
	const char *path = catalogue_path(config, tag, arena);
	if (!path)
		return;
	const struct catalogue *catalogue = catalogue_load(path, tag, arena, faults);
	if (catalogue)
		catalogue_missing(catalogue, path, faults);
}

static bool has_word(const struct words *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->words[i], word) == 0)
			return true;
	return false;
}

/* Each language once, though several forms may have it. */
static void try_languages(const struct config *config, struct text *faults)
{
	for (size_t i = 0; i < config->languages.n; i++)
		try_language(config, config->languages.words[i], faults);
	for (size_t i = 0; i < config->forms_n; i++)
		for (size_t j = 0; j < config->forms[i].languages.n; j++) {
			const char *tag = config->forms[i].languages.words[j];
			bool tried = has_word(&config->languages, tag);
			for (size_t k = 0; k < i; k++)
				tried |= has_word(&config->forms[k].languages, tag);
			if (!tried)
				try_language(config, tag, faults);
		}
}

bool config_rules_sound(struct span rules)
{
	for (size_t i = 0; i + 1 < rules.length; i++)
		if (rules.bytes[i] == '<' && rules.bytes[i + 1] == '/')
			return false;
	return true;
}

static void try_files(const struct config *config, struct text *faults)
{
	const struct { const char *key, *path; } files[] = {{"css", config->css}, {"header", config->header}, {"footer", config->footer}};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct span content;
		const char *wrong = NULL;
		if (files[i].path && file_read(files[i].path, SITE_FILE_MAX, faults->arena, &content) < 0)
			wrong = strerror(errno);
		else if (files[i].path && files[i].path == config->css && !config_rules_sound(content))
			wrong = "holds \"</\", so pages go without it";
		if (wrong)
			text_format(faults, "%s: [seeother] %s: %s: %s\n", config->file, files[i].key, files[i].path, wrong);
	}
}

void config_try(const struct config *config, struct text *faults)
{
	try_files(config, faults);
	repeats_find(config->file, faults);
	try_patterns(config, faults);
	try_languages(config, faults);
}
