/* The configuration, once it is loaded. */
#include "config/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/span.h"
#include "http/origin.h"

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; config->slots && i < FORM_SLOTS; i++)
		arena_free(&config->slots->slots[i].arena);
	arena_free(&config->arena);
	free(config);
}

/* Open addressing: the place of a form is where its name's hash says, or the next free one. */
struct form_names {
	size_t mask;       /* the number of places, which is a power of two, less one */
	uint32_t places[]; /* the number of a form, from 1 on; 0: free */
};

/* Returns the place of that name, or the free one where it would be put (FNV-1a). */
static uint32_t *place_of(const struct config *config, struct span name)
{
	struct form_names *names = config->names;
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < name.length; i++)
		hash = (hash ^ (unsigned char)name.bytes[i]) * 16777619u;
	size_t at = hash & names->mask;
	while (names->places[at] && !span_is(name, config->forms[names->places[at] - 1].name))
		at = (at + 1) & names->mask;
	return &names->places[at];
}

const struct form *config_form(const struct config *config, struct span name)
{
	uint32_t found = config->names ? *place_of(config, name) : 0;
	return found ? &config->forms[found - 1] : NULL;
}

void config_make_forms(struct config *config, size_t n)
{
	size_t places = 2;
	while (places < 2 * (n + 1))
		places *= 2;
	config->forms = arena_take(&config->arena, (n + 1) * sizeof *config->forms);
	config->forms_n = 0;
	config->names = arena_take(&config->arena, sizeof *config->names + places * sizeof *config->names->places);
	config->names->mask = places - 1;
}

struct form *config_add_form(struct config *config, const char *name)
{
	struct form *form = &config->forms[config->forms_n];
	*form = (struct form){.place = config->forms_n++, .version = 1, .name = name};
	*place_of(config, span_of(name)) = (uint32_t)config->forms_n;
	return form;
}

const struct thing *config_thing(const struct config *config, const char *path, struct captures *captures, struct arena *arena)
{
	for (size_t i = 0; i < config->things_n; i++)
		if (route_match(config->things[i].path, path, captures, arena))
			return &config->things[i];
	return NULL;
}

const struct forward *config_forward(const struct config *config, const char *path, struct captures *captures, struct arena *arena)
{
	for (size_t i = 0; i < config->forwards_n; i++)
		if (route_match(config->forwards[i].path, path, captures, arena))
			return &config->forwards[i];
	return NULL;
}

const struct task *config_task(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->tasks_n; i++)
		if (strcasecmp(config->tasks[i].name, name) == 0)
			return &config->tasks[i];
	return NULL;
}

const struct task *config_form_task(const struct config *config, const struct form *form, size_t i)
{
	if (i < form->after.n)
		return config_task(config, form->after.words[i]);
	return i == form->after.n && form->result ? config_task(config, form->result) : NULL;
}

bool config_form_has_task(const struct config *config, const struct form *form, bool suspicious)
{
	const struct task *task;
	for (size_t i = 0; (task = config_form_task(config, form, i)); i++)
		if (task->suspicious == suspicious)
			return true;
	return false;
}

/* Decodes an escape that makes neither a slash nor a hole; 0 where there is none. */
static char decoded(const char *text, size_t n)
{
	int high = n > 2 && text[0] == '%' ? ascii_hex_value(text[1]) : -1, low = high < 0 ? -1 : ascii_hex_value(text[2]);
	int c = low < 0 ? '\0' : high * 16 + low;
	return (char)(strchr("/{}", c) ? '\0' : c);
}

/* Gives a path as a web server hands it over: without query, decoded, without dot segments (RFC 3986 §5.2.4). */
static struct span plain_path(const char *path, struct arena *arena)
{
	size_t n = strcspn(path, "?#"), length = 0;
	if (!strchr(path, '%') && !strstr(path, "/."))
		return (struct span){path, n};
	char *plain = arena_copy(arena, path, n);
	for (size_t i = 0; i < n; length++) {
		char c = decoded(path + i, n - i);
		plain[length] = c ? c : path[i];
		i += c ? 3 : 1;
		bool ends = i == n || path[i] == '/';
		struct span last = {plain + length, 1};
		while (last.bytes > plain && *last.bytes != '/')
			last.bytes--, last.length++;
		if (!ends || (!span_is(last, "/.") && !span_is(last, "/..")))
			continue;
		char *up = (char *)(uintptr_t)last.bytes;
		if (last.length == 3)
			while (up > plain && *--up != '/')
				;
		if (i == n)
			up++; /* "/a/." is "/a/" */
		length = (size_t)(up - plain) - 1;
	}
	return (struct span){plain, length};
}

bool config_leads_back(const struct config *config, const char *root, const char *uri, const char *from, struct arena *arena)
{
	struct origin own, other;
	const char *below, *rest = uri;
	if (!origin_read(root, &own, &below) || (*uri != '/' && (!origin_read(uri, &other, &rest) || !origin_same(&own, &other))))
		return false;
	struct span path = plain_path(rest, arena), stem = plain_path(below, arena);
	if (path.length < stem.length || memcmp(path.bytes, stem.bytes, stem.length) != 0)
		return false;
	path = (struct span){path.bytes + stem.length, path.length - stem.length};
	for (size_t i = 0; i < config->things_n; i++)
		if (config->things[i].path && route_may_be(config->things[i].path, path, from))
			return true;
	for (size_t i = 0; i < config->forwards_n; i++)
		if (config->forwards[i].path && route_may_be(config->forwards[i].path, path, from))
			return true;
	return false;
}

bool config_rules_sound(struct span rules)
{
	for (size_t i = 0; i + 1 < rules.length; i++)
		if (rules.bytes[i] == '<' && rules.bytes[i + 1] == '/')
			return false;
	return true;
}
