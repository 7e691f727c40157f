/*
 * Loading [thing NAME] and [forward NAME]. A thing's key with a slash in it is a media type, or a media type and a language; its value is
 * where that description is.
 */
#include "config/load_route.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "config/reader.h"
#include "config/reader_uri.h"
#include "http/language.h"

/* Reads "TARGET" or "TARGET profile=URI" into a representation; gives NULL or what is wrong with it. */
static const char *read_target(const struct setting_source *source, struct span text, struct representation *representation)
{
	static const char name[] = "profile=";
	const char *whole = arena_copy(source->arena, text.bytes, text.length);
	size_t n = strcspn(whole, " \t");
	const char *profile = whole + n + strspn(whole + n, " \t");
	const char *wrong =
		n ? reader_uri_target(source, arena_copy(source->arena, whole, n), &representation->target) : "needs a URL or a path";
	if (wrong || !*profile)
		return wrong;
	if (strncmp(profile, name, sizeof name - 1) != 0 || !reader_uri_sound(profile + sizeof name - 1))
		return "takes a target, and behind it profile= and an absolute URI, such as profile=https://schema.org/";
	representation->profile = profile + sizeof name - 1;
	return NULL;
}

/* Reads the descriptions of one type: targets that are separated by "|". */
static const char *read_targets(
	const struct setting_source *source, const char *text, const struct representation *kind, struct thing *thing)
{
	for (;;) {
		struct span one = span_trim((struct span){text, strcspn(text, "|")});
		struct representation representation = *kind;
		const char *wrong = read_target(source, one, &representation);
		if (wrong)
			return wrong;
		thing->representations[thing->representations_n++] = representation;
		text += strcspn(text, "|");
		if (!*text++)
			return NULL;
	}
}

static void read_representation(
	const struct loader *loader, const struct ini_section *section, const struct ini_entry *entry, struct thing *thing)
{
	struct setting_source source = loader_source(loader);
	struct representation kind = {.type = NULL};
	size_t n = strcspn(entry->key, " \t");
	const char *language = entry->key + n + strspn(entry->key + n, " \t");
	const char *text = loader_text(loader, section, entry);
	if (!text)
		return;
	const char *wrong = reader_type(&source, arena_copy(source.arena, entry->key, n), &kind.type);
	if (!wrong && *language && !language_is_tag(language))
		wrong = "takes a language after the media type, such as text/html de";
	kind.language = *language ? arena_copy(source.arena, language, strlen(language)) : NULL;
	if (!wrong)
		wrong = read_targets(&source, text, &kind, thing);
	if (wrong)
		loader_fault(loader, section->name, entry->key, "%s", wrong);
}

/* Counts the descriptions of a section, and one for each other key. */
static size_t count_targets(const struct ini_section *section)
{
	size_t n = section->entries_n + 1;
	for (size_t i = 0; i < section->entries_n; i++)
		for (const char *c = section->entries[i].text; c && (c = strchr(c, '|')); c++)
			n++;
	return n;
}

static bool check_name(const struct loader *loader, const struct ini_section *section, const char *name)
{
	bool sound = reader_is_name(name);
	if (!sound)
		loader_fault(loader, section->name, NULL, "needs a name of letters, digits, hyphens and underscores");
	return sound;
}

void load_route_read_thing(const struct loader *loader, const struct ini_section *section, const char *name)
{
	struct setting_source source = loader_source(loader);
	if (!check_name(loader, section, name))
		return;
	struct thing *thing = &loader->config->things[loader->config->things_n++];
	setting_defaults(&source, SETTING_THING, thing);
	thing->name = arena_copy(source.arena, name, strlen(name));
	thing->representations = arena_take(source.arena, count_targets(section) * sizeof *thing->representations);
	for (size_t i = 0; i < section->entries_n; i++) {
		const struct ini_entry *entry = &section->entries[i];
		if (strchr(entry->key, '/'))
			read_representation(loader, section, entry, thing);
		else
			loader_setting(loader, section, entry, SETTING_THING, thing);
	}
}

void load_route_read_forward(const struct loader *loader, const struct ini_section *section, const char *name)
{
	if (!check_name(loader, section, name))
		return;
	struct forward *forward = &loader->config->forwards[loader->config->forwards_n++];
	forward->name = arena_copy(&loader->config->arena, name, strlen(name));
	loader_settings(loader, section, SETTING_FORWARD, forward);
}

/* Checks that the section sets a key that was not read: if it does, the value was wrong, and that was said. */
static void check_given(const struct loader *loader, const char *section, const char *key, const char *missing)
{
	if (!ini_line(loader->ini, section, key))
		loader_fault(loader, section, NULL, "%s", missing);
}

/* Checks that no form has the address: a route that begins with a form's name would never be reached. */
static void check_route(const struct loader *loader, const char *section, const char *path)
{
	struct span first = {path + 1, strcspn(path + 1, "/")};
	if (config_form(loader->config, first))
		loader_fault(loader, section, "path", "the form \"%.*s\" has this address", (int)first.length, first.bytes);
}

/* Checks that a target does not lead to a thing or forward again: a 303 promises one hop. */
static void check_target(const struct loader *loader, const char *section, const char *key, const char *path, const char *target)
{
	const struct config *config = loader->config;
	const char *wrong = route_check_target(path, target, &loader->config->arena);
	if (wrong)
		loader_fault(loader, section, key, "%s", wrong);
	else if (config->base && config_leads_back(config, config->base, target, path, &loader->config->arena))
		loader_fault(loader, section, key, "leads to another thing or forward of this file; name the target of that one");
}

static void check_thing(const struct loader *loader, const struct thing *thing)
{
	const char *section = text_printed(&loader->config->arena, "thing %s", thing->name);
	bool known = !thing->preset;
	if (!thing->path) {
		check_given(loader, section, "path", "needs a path, such as /id/{name}");
		return;
	}
	check_route(loader, section, thing->path);
	if (thing->map && thing->representations_n)
		loader_fault(loader, section, "map", "says where each name leads, so this section can't list descriptions too");
	if (thing->map && !strchr(thing->path, '{'))
		loader_fault(loader, section, "map", "needs a {name} in the path to look up");
	if (!thing->map && !thing->representations_n)
		loader_fault(loader, section, NULL, "needs a description, such as text/html = /people/{name}.html, or a map");
	for (size_t i = 0; i < thing->representations_n; i++) {
		const struct representation *one = &thing->representations[i];
		check_target(loader, section, one->type, thing->path, one->target);
		known |= thing->preset && strcmp(thing->preset, one->type) == 0;
	}
	if (!known && !thing->map)
		loader_fault(loader, section, "default", "\"%s\" is not one of the types here", thing->preset);
}

static void check_forward(const struct loader *loader, const struct forward *forward)
{
	const char *section = text_printed(&loader->config->arena, "forward %s", forward->name);
	if (!forward->path || !forward->to) {
		check_given(loader, section, forward->path ? "to" : "path",
			forward->path ? "needs to = URL" : "needs a path, such as /v1/orders");
		return;
	}
	check_route(loader, section, forward->path);
	check_target(loader, section, "to", forward->path, forward->to);
}

static bool begins_with(const char *path, const char *name)
{
	return path && span_is((struct span){path + 1, strcspn(path + 1, "/")}, name);
}

const char *load_route_at(const struct config *config, const char *name, struct arena *arena)
{
	for (size_t i = 0; i < config->things_n; i++)
		if (begins_with(config->things[i].path, name))
			return text_printed(arena, "thing %s", config->things[i].name);
	for (size_t i = 0; i < config->forwards_n; i++)
		if (begins_with(config->forwards[i].path, name))
			return text_printed(arena, "forward %s", config->forwards[i].name);
	return NULL;
}

void load_route_check(const struct loader *loader)
{
	const struct config *config = loader->config;
	for (size_t i = 0; i < config->things_n; i++)
		check_thing(loader, &config->things[i]);
	for (size_t i = 0; i < config->forwards_n; i++)
		check_forward(loader, &config->forwards[i]);
}
