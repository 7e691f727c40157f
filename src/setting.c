/*
 * One table says for each key how it is read, where it goes, what it is without being set, and what it means; loading,
 * "seeother keys" and a test of the manual all go by it.
 */
#include "setting.h"

#include <string.h>

#include "origin.h"
#include "unit.h"

enum { NAME_LENGTH = 64, PATH_LENGTH = 1024, NEAR = 2 };

/* Reads a value into its place; gives NULL or what is wrong with it. */
typedef const char *reader(const struct setting_source *, const char *text, void *into);

struct key {
	const char *name;
	reader *read;
	size_t offset;
	const char *preset; /* NULL: not set; also where a form takes the general limit */
	const char *meaning;
};

static reader read_text, read_data, read_base, read_node, read_yes_no, read_size, read_count, read_page, read_next,
	read_show, read_sendfile;

static const struct key general_keys[] = {
	{"data", read_data, offsetof(struct config, data), "data",
		"folder that keeps the outcomes; relative to this file; never inside the document root"},
	{"base", read_base, offsetof(struct config, base), NULL,
		"absolute URI of the program; without it: from the request's scheme, Host and path"},
	{"durable", read_yes_no, offsetof(struct config, durable), "yes",
		"whether the 303 waits until the outcome is on the disk"},
	{"node", read_node, offsetof(struct config, node), "",
		"this host's name, where several share one data folder"},
	{"sendfile", read_sendfile, offsetof(struct config, sendfile), NULL,
		"how the web server sends uploads: yes (X-Sendfile), or a path that is internal to it (X-Accel-Redirect)"},
	{"max_body", read_size, offsetof(struct config, limits.body), "1M", "bytes of a whole post, its files aside"},
	{"max_fields", read_count, offsetof(struct config, limits.fields), "100", "fields of a post"},
	{"max_name", read_size, offsetof(struct config, limits.name), "200", "bytes of a field's name"},
	{"max_value", read_size, offsetof(struct config, limits.value), "64K", "bytes of a field's value"},
	{"max_files", read_count, offsetof(struct config, limits.files), "10", "files of a post"},
	{"max_file", read_size, offsetof(struct config, limits.file), "8M", "bytes of a file"},
};

static const struct key form_keys[] = {
	{"title", read_text, offsetof(struct form, title), NULL, "heading of the form's pages; without it: its name"},
	{"button", read_text, offsetof(struct form, button), "Send", "text on the button"},
	{"intro", read_text, offsetof(struct form, intro), NULL, "a sentence above the fields"},
	{"page", read_page, offsetof(struct form, page), NULL,
		"URL or path of the site's own page with the form; GET is sent there instead of drawing one"},
	{"next", read_next, offsetof(struct form, next), NULL,
		"URL or path for the visitor after a post, with {id}, {form} and {outcome}; without it: the outcome's page"},
	{"owners", read_text, offsetof(struct form, owners), NULL, "users, authenticated by the web server, who see all of an outcome"},
	{"show", read_show, offsetof(struct form, show), "all", "what an outcome's page shows: all, none or field names"},
	{"max_body", read_size, offsetof(struct form, limits.body), NULL, "as in [seeother], for this form"},
	{"max_fields", read_count, offsetof(struct form, limits.fields), NULL, "as in [seeother], for this form"},
	{"max_name", read_size, offsetof(struct form, limits.name), NULL, "as in [seeother], for this form"},
	{"max_value", read_size, offsetof(struct form, limits.value), NULL, "as in [seeother], for this form"},
	{"max_files", read_count, offsetof(struct form, limits.files), NULL, "as in [seeother], for this form"},
	{"max_file", read_size, offsetof(struct form, limits.file), NULL, "as in [seeother], for this form"},
};

/* In the order of enum setting_kind. */
static const struct {
	const char *section;
	const struct key *keys;
	size_t n;
} kinds[] = {
	[SETTING_GENERAL] = {"seeother", general_keys, sizeof general_keys / sizeof *general_keys},
	[SETTING_FORM] = {"form NAME", form_keys, sizeof form_keys / sizeof *form_keys},
};

static const char *read_text(const struct setting_source *source, const char *text, void *into)
{
	*(const char **)into = *text ? arena_copy(source->arena, text, strlen(text)) : NULL;
	return NULL;
}

static const char *read_yes_no(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	return unit_yes_no_read(text, into) ? NULL : "takes yes or no";
}

static const char *read_size(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	return unit_size_read(text, into) ? NULL : "takes a size such as 500, 64K or 2M";
}

static const char *read_count(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	return unit_count_read(text, into) ? NULL : "takes a whole number";
}

static const char *read_data(const struct setting_source *source, const char *text, void *into)
{
	if (!*text || strlen(text) > PATH_LENGTH)
		return "takes the path of a folder";
	const char *file = source->file, *slash = strrchr(file, '/');
	int folder = *text != '/' && slash ? (int)(slash - file) + 1 : 0;
	*(const char **)into = text_printed(source->arena, "%.*s%s", folder, file, text);
	return NULL;
}

bool setting_is_name(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
	return n > 0 && !text[n] && n <= NAME_LENGTH && text[0] != '-' && text[0] != '_';
}

static const char *read_node(const struct setting_source *source, const char *text, void *into)
{
	if (*text && !setting_is_name(text))
		return "takes a short name of letters, digits and hyphens";
	*(const char **)into = arena_copy(source->arena, text, strlen(text));
	return NULL;
}

/* What may stand in a URI as it is (RFC 3986 §2), braces apart, which read_next looks at. */
static bool is_uri_text(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f || strchr("\"<>\\^`|", *text))
			return false;
	return true;
}

static const char *read_base(const struct setting_source *source, const char *text, void *into)
{
	struct origin origin;
	const char *path;
	if (!*text)
		return NULL;
	if (!is_uri_text(text) || !origin_read(text, &origin, &path) || strpbrk(path, "?#{}"))
		return "takes an absolute http or https URL without a query, such as https://example.org/cgi-bin/seeother";
	struct text base = {.arena = source->arena};
	origin_write(&base, &origin);
	text_put(&base, path);
	while (base.bytes[base.length - 1] == '/')
		base.bytes[--base.length] = '\0';
	*(const char **)into = base.bytes;
	return NULL;
}

static bool is_target(const char *text)
{
	struct origin origin;
	const char *rest;
	bool path = text[0] == '/' && text[1] != '/';
	return is_uri_text(text) && (path || origin_read(text, &origin, &rest));
}

static const char *read_page(const struct setting_source *source, const char *text, void *into)
{
	if (*text && (!is_target(text) || strpbrk(text, "{}")))
		return "takes an absolute http or https URL, or a path that begins with one slash";
	return read_text(source, text, into);
}

static const char *read_next(const struct setting_source *source, const char *text, void *into)
{
	static const char *const holes[] = {"{id}", "{form}", "{outcome}"};
	if (*text && !is_target(text))
		return "takes an absolute http or https URL, or a path that begins with one slash";
	for (const char *c = text; (c = strpbrk(c, "{}"));) {
		size_t length = 0;
		for (size_t i = 0; i < sizeof holes / sizeof *holes; i++)
			if (strncmp(c, holes[i], strlen(holes[i])) == 0)
				length = strlen(holes[i]);
		if (!length)
			return "knows {id}, {form} and {outcome} only";
		c += length;
	}
	return read_text(source, text, into);
}

static const char *read_show(const struct setting_source *source, const char *text, void *into)
{
	if (!*text)
		return "takes all, none or names of fields";
	struct form *form = (struct form *)((char *)into - offsetof(struct form, show));
	form->show = strcmp(text, "all") == 0 ? SHOW_ALL : strcmp(text, "none") == 0 ? SHOW_NONE : SHOW_NAMED;
	return read_text(source, text, &form->show_names);
}

static const char *read_sendfile(const struct setting_source *source, const char *text, void *into)
{
	bool yes, path = text[0] == '/' && text[1] != '/' && is_uri_text(text);
	if (*text && !path && !unit_yes_no_read(text, &yes))
		return "takes yes, no or a path that begins with one slash";
	if (!*text || (!path && !yes))
		return NULL;
	const char *slash = path && text[strlen(text) - 1] != '/' ? "/" : "";
	*(const char **)into = path ? text_printed(source->arena, "%s%s", text, slash) : "yes";
	return NULL;
}

static const char *nearest_key(enum setting_kind kind, const char *word)
{
	const char *nearest = NULL;
	size_t least = NEAR + 1;
	for (size_t i = 0; i < kinds[kind].n; i++) {
		size_t distance = unit_distance(kinds[kind].keys[i].name, word);
		if (distance < least) {
			least = distance;
			nearest = kinds[kind].keys[i].name;
		}
	}
	return nearest;
}

const char *setting_read(const struct setting_source *source, enum setting_kind kind, const char *name, const char *text,
	void *into)
{
	for (size_t i = 0; i < kinds[kind].n; i++) {
		const struct key *key = &kinds[kind].keys[i];
		if (strcmp(key->name, name) != 0)
			continue;
		const char *wrong = key->read(source, text, (char *)into + key->offset);
		return wrong ? text_printed(source->arena, "%s, not \"%s\"", wrong, text) : NULL;
	}
	const char *nearest = nearest_key(kind, name);
	if (!nearest)
		return "there is no such key";
	return text_printed(source->arena, "there is no such key; did you mean \"%s\"?", nearest);
}

void setting_defaults(const struct setting_source *source, enum setting_kind kind, void *into)
{
	for (size_t i = 0; i < kinds[kind].n; i++) {
		const struct key *key = &kinds[kind].keys[i];
		if (key->preset)
			key->read(source, key->preset, (char *)into + key->offset);
	}
}

void setting_print(FILE *out)
{
	for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
		fprintf(out, "[%s]\n", kinds[kind].section);
		for (size_t i = 0; i < kinds[kind].n; i++) {
			const struct key *key = &kinds[kind].keys[i];
			bool set = key->preset && *key->preset;
			fprintf(out, "  %-11s %-6s %s\n", key->name, set ? key->preset : "-", key->meaning);
		}
	}
}
