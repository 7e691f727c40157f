/*
 * The keys, their defaults and meanings come from the table of settings. What a key may hold is known to the function that reads it, and
 * the table below says the same as a regular expression: a test compares the two. Functions that are not in it read any text.
 */
#include "config/schema.h"

#include <string.h>

#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "config/field.h"
#include "config/reader.h"
#include "config/reader_list.h"
#include "config/reader_uri.h"
#include "config/setting.h"

#define NAME "[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
#define HTTP "[Hh][Tt][Tt][Pp][Ss]?://"
#define YES_NO "[Yy][Ee][Ss]|[Nn][Oo]|[Oo][Nn]|[Oo][Ff][Ff]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[01]"
#define DURATION "0|[0-9]+[smhdw]"

/* What a reader takes: one of the words, or what the pattern matches; words are offered by editors. Either may be NULL. */
static const struct taken {
	reader *read;
	const char *words, *pattern;
} takes[] = {
	{reader_yes_no, "yes no", "^(" YES_NO ")$"},
	{reader_size, NULL, "^[0-9]+[KMGkmg]?$"},
	{reader_count, NULL, "^[0-9]+$"},
	{reader_duration, NULL, "^(" DURATION ")$"},
	{reader_withdraw, "never", "^(" DURATION ")$"},
	{reader_keep, "forever", "^[0-9]+[smhdw]$"},
	{reader_rate, NULL, "^$|^[0-9]+/(second|minute|hour|day|[smhd]|[0-9]+[smhdw])$"},
	{reader_data, NULL, "."},
	{reader_uri_base, NULL, "^$|^" HTTP "[^?#{}]+$"},
	{reader_node, NULL, "^$|^" NAME "$"},
	{reader_uri_page, NULL, "^$|^/$|^/[^/]|^" HTTP},
	{reader_uri_next, NULL, "^$|^/$|^/[^/]|^" HTTP},
	{reader_uri_target, NULL, "^/$|^/[^/]|^" HTTP},
	{reader_uri_route, NULL, "^/[^?#%]*$"},
	{reader_show, "all none", "."},
	{reader_uri_sendfile, "yes no", "^$|^/$|^/[^/]|^(" YES_NO ")$"},
	{reader_idempotency, "required optional", NULL},
	{reader_list_languages, NULL, "^[A-Za-z0-9, \t-]+$"},
	{reader_list_proxies, NULL, "^[0-9A-Fa-f:./, \t]*$"},
	{reader_type, NULL, "^$|^[^/]+/[^/]+$"},
	{reader_status, "301 302 303 307 308", NULL},
	{reader_query, "keep drop", NULL},
	{reader_list_names, NULL, "^[A-Za-z0-9_, \t-]*$"},
	{reader_list_command, NULL, "^[ \t]*(/|$)"},
	{reader_mailbox, NULL, "^$|@"},
	{reader_list_mailboxes, NULL, "^$|@"},
	{reader_charset, NULL, "."},
	{reader_suspicious, "no only", NULL},
	{reader_mode, "private group", NULL},
	{reader_uri_webhook, NULL, "^$|^" HTTP},
	{reader_style, "json slack discord matrix ntfy telegram mattermost teams", NULL},
};

static const struct taken *find_taken(reader *read)
{
	for (size_t i = 0; i < sizeof takes / sizeof *takes; i++)
		if (takes[i].read == read)
			return &takes[i];
	return NULL;
}

static void add_part(json_t *object, const char *name, json_t *value)
{
	json_made(json_object_set_new(object, name, json_made(value)) < 0 ? NULL : object);
}

static json_t *words_list(const char *words)
{
	json_t *list = json_made(json_array());
	for (struct span word; *words; words += word.length + (words[word.length] == ' ')) {
		word = span_before(span_of(words), ' ');
		json_array_append_new(list, json_made(json_stringn(word.bytes, word.length)));
	}
	return list;
}

/* Adds to the schema of a key what its reader takes. */
static void add_taken(json_t *schema, const struct taken *taken)
{
	if (taken->words && taken->pattern)
		add_part(schema, "anyOf", json_pack("[{so}, {ss}]", "enum", words_list(taken->words), "pattern", taken->pattern));
	else if (taken->words)
		add_part(schema, "enum", words_list(taken->words));
	else
		add_part(schema, "pattern", json_string(taken->pattern));
}

static json_t *text_schema(const char *meaning)
{
	return json_made(json_pack("{ss ss}", "type", "string", "description", meaning));
}

static json_t *key_schema(const struct setting_key *key)
{
	json_t *schema = text_schema(key->meaning);
	const struct taken *taken = find_taken(key->read);
	if (key->preset && *key->preset)
		add_part(schema, "default", json_string(key->preset));
	if (taken)
		add_taken(schema, taken);
	return schema;
}

/* Gives the schema of a section with settings. The keys of a thing with a slash are media types, whose values are paths. */
static json_t *kind_schema(enum setting_kind kind)
{
	struct setting_key key;
	json_t *keys = json_made(json_object());
	for (size_t i = 0; setting_key(kind, i, &key); i++)
		add_part(keys, key.name, key_schema(&key));
	json_t *schema = json_made(json_pack("{ss so sb}", "type", "object", "properties", keys, "additionalProperties", 0));
	if (kind == SETTING_THING)
		add_part(schema, "patternProperties",
			json_pack("{so}", "/", text_schema("path or URL of the description that has this media type")));
	return schema;
}

/* Gives a pattern for the values of [fields NAME]: a type, then rules. */
static const char *field_pattern(struct arena *arena)
{
	struct text pattern = {.arena = arena};
	const char *type;
	for (size_t i = 0; (type = field_type_name(i)); i++)
		text_format(&pattern, "%s%s", i ? "|" : "^(", type);
	text_put(&pattern, ")([ \t]|$)");
	return text_string(&pattern);
}

/* Gives the schema of a section whose keys are fields. */
static json_t *fields_schema(const char *section, const char *meaning, struct arena *arena)
{
	json_t *value = text_schema(meaning);
	if (strcmp(section, "fields NAME") == 0)
		add_part(value, "pattern", json_string(field_pattern(arena)));
	return json_made(json_pack("{ss so}", "type", "object", "additionalProperties", value));
}

json_t *schema_make(void)
{
	struct arena arena = {0};
	json_t *single = json_made(json_object()), *named = json_made(json_object());
	const char *section;
	for (size_t i = 0; (section = setting_section(i)); i++) {
		const char *meaning = setting_section_meaning(i), *space = strchr(section, ' ');
		json_t *schema = meaning ? fields_schema(section, meaning, &arena) : kind_schema((enum setting_kind)i);
		if (space)
			add_part(named, text_printed(&arena, "^%.*s[ \t]+" NAME "$", (int)(space - section), section), schema);
		else
			add_part(single, section, schema);
	}
	json_t *whole = json_made(json_pack("{ss ss ss ss so so sb}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
		"config.ini of seeother", "description",
		"Sections are objects, keys are in small letters, and all values are strings. \"seeother check\" finds more.", "type",
		"object", "properties", single, "patternProperties", named, "additionalProperties", 0));
	arena_free(&arena);
	return whole;
}
