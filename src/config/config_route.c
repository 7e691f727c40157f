/*
 * [thing NAME] and [forward NAME]. A thing's key with a slash in it is a media type, or a media type and a language, and its value
 * where that description is.
 */
#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "config/loader.h"
#include "config/reader.h"
#include "http/language.h"

static void take_representation(struct loader *loader, struct thing *thing, const char *text)
{
	struct setting_source source = loader_source(loader);
	struct representation *representation = &thing->representations[thing->representations_n];
	size_t n = strcspn(loader->key, " \t");
	const char *language = loader->key + n + strspn(loader->key + n, " \t"), *target = NULL, *type = NULL;
	const char *wrong = reader_type(&source, arena_copy(source.arena, loader->key, n), &type);
	if (!wrong && *language && !language_is_tag(language))
		wrong = "takes a language such as de behind the media type";
	if (!wrong)
		wrong = *text ? reader_target(&source, text, &target) : "needs a URL or a path";
	if (wrong) {
		loader_fault(loader, "%s", wrong);
		return;
	}
	*representation = (struct representation){type, *language ? arena_copy(source.arena, language, strlen(language)) : NULL, target};
	thing->representations_n++;
}

static void take_thing(struct loader *loader, const char *text)
{
	if (strchr(loader->key, '/'))
		take_representation(loader, loader->into, text);
	else
		loader_setting(loader, SETTING_THING, text, loader->into);
}

static void take_forward(struct loader *loader, const char *text)
{
	loader_setting(loader, SETTING_FORWARD, text, loader->into);
}

static bool is_name(struct loader *loader, const char *name)
{
	if (!reader_is_name(name))
		loader_fault(loader, "a name is of letters, digits and hyphens");
	return reader_is_name(name);
}

void loader_routes_read(struct loader *loader)
{
	struct config *config = loader->config;
	struct setting_source source = loader_source(loader);
	const char *thing_name = loader_name(loader, "thing"), *forward_name = loader_name(loader, "forward");
	if (thing_name && is_name(loader, thing_name)) {
		struct thing *thing = &config->things[config->things_n++];
		thing->name = arena_copy(source.arena, thing_name, strlen(thing_name));
		thing->representations = arena_take(source.arena, (ini_entries(loader->ini, loader->section) + 1) * sizeof *thing->representations);
		setting_defaults(&source, SETTING_THING, thing);
		loader_each(loader, take_thing, thing, 0);
	}
	if (forward_name && is_name(loader, forward_name)) {
		struct forward *forward = &config->forwards[config->forwards_n++];
		forward->name = arena_copy(source.arena, forward_name, strlen(forward_name));
		setting_defaults(&source, SETTING_FORWARD, forward);
		loader_each(loader, take_forward, forward, 0);
	}
}

/* A route that begins with a form's name would never be reached. */
static void check_route(struct loader *loader, const char *path)
{
	struct span first = {path + 1, strcspn(path + 1, "/")};
	if (config_form(loader->config, first))
		loader_fault(loader, "path: the form \"%.*s\" has this address", (int)first.length, first.bytes);
}

/* One hop is what a 303 promises: what it leads to is no thing or forward again. */
static void check_target(struct loader *loader, const char *key, const char *path, const char *target)
{
	const struct config *config = loader->config;
	const char *wrong = route_check_target(path, target, loader_arena(loader));
	if (wrong)
		loader_fault(loader, "%s: %s", key, wrong);
	else if (config->base && config_leads_back(config, config->base, target, path, loader_arena(loader)))
		loader_fault(loader, "%s: leads to a thing or forward of this file again; name what it leads to", key);
}

static void check_thing(struct loader *loader, const struct thing *thing)
{
	bool known = !thing->preset;
	if (!thing->path) {
		loader_fault(loader, "needs a path, such as /id/{name}");
		return;
	}
	check_route(loader, thing->path);
	if (thing->map && thing->representations_n)
		loader_fault(loader, "has a map, so what it leads to stands there, not here");
	if (thing->map && !strchr(thing->path, '{'))
		loader_fault(loader, "has a map, so its path needs a {name} to look up there");
	if (!thing->map && !thing->representations_n)
		loader_fault(loader, "needs a description, such as text/html = /people/{name}.html, or a map");
	for (size_t i = 0; i < thing->representations_n; i++) {
		const struct representation *one = &thing->representations[i];
		check_target(loader, one->type, thing->path, one->target);
		known |= thing->preset && strcmp(thing->preset, one->type) == 0;
	}
	if (!known && !thing->map)
		loader_fault(loader, "default: \"%s\" is none of the types here", thing->preset);
}

static void check_forward(struct loader *loader, const struct forward *forward)
{
	if (!forward->path || !forward->to) {
		loader_fault(loader, forward->path ? "needs to = URL" : "needs a path, such as /v1/orders");
		return;
	}
	check_route(loader, forward->path);
	check_target(loader, "to", forward->path, forward->to);
}

void loader_routes_check(struct loader *loader)
{
	const struct config *config = loader->config;
	loader->key = NULL;
	for (size_t i = 0; i < config->things_n; i++) {
		loader->section = text_printed(loader_arena(loader), "thing %s", config->things[i].name);
		check_thing(loader, &config->things[i]);
	}
	for (size_t i = 0; i < config->forwards_n; i++) {
		loader->section = text_printed(loader_arena(loader), "forward %s", config->forwards[i].name);
		check_forward(loader, &config->forwards[i]);
	}
}
