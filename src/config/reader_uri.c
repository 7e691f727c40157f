/* What may stand in a URI is looked at here (RFC 3986 §2); what makes up its origin, in http/origin.h. */
#include "config/reader_uri.h"

#include <string.h>

#include "base/ascii.h"
#include "base/span.h"
#include "base/text.h"
#include "base/unit.h"
#include "config/config.h"
#include "config/reader.h"
#include "config/reader_list.h"
#include "config/route.h"
#include "http/origin.h"
#include "http/target.h"

/* What may stand in a URI as it is (RFC 3986 §2), braces apart, which each reader looks at. */
static bool has_uri_characters(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f || strchr("\"<>\\^`|", *text))
			return false;
	return true;
}

/* Returns what is wrong with the percent-encoding of a URL, or NULL (RFC 3986 §2.1). */
static const char *wrong_encoding(const char *text)
{
	for (const char *c = text; (c = strchr(c, '%')); c++)
		if (ascii_hex_value(c[1]) < 0 || ascii_hex_value(c[2]) < 0)
			return "takes a % only with two hexadecimal digits after it, such as %20";
	return NULL;
}

bool reader_uri_sound(const char *text)
{
	size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	return scheme && text[scheme] == ':' && text[scheme + 1] && has_uri_characters(text) && !strpbrk(text, "{}\"<>");
}

const char *reader_uri_base(const struct setting_source *source, const char *text, void *into)
{
	struct origin origin;
	const char *path;
	if (!*text || wrong_encoding(text))
		return wrong_encoding(text);
	if (!has_uri_characters(text) || !origin_read(text, &origin, &path) || strpbrk(path, "?#{}"))
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
	return has_uri_characters(text) && (path || origin_read(text, &origin, &rest));
}

const char *reader_uri_page(const struct setting_source *source, const char *text, void *into)
{
	if (*text && (!is_target(text) || strpbrk(text, "{}")))
		return "takes an absolute http or https URL, or a path that begins with one slash";
	const char *wrong = wrong_encoding(text);
	return wrong ? wrong : reader_text(source, text, into);
}

const char *reader_uri_next(const struct setting_source *source, const char *text, void *into)
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
			return "takes no holes but {id}, {form} and {outcome}";
		c += length;
	}
	const char *wrong = wrong_encoding(text);
	return wrong ? wrong : reader_text(source, text, into);
}

const char *reader_uri_target(const struct setting_source *source, const char *text, void *into)
{
	const char *host = *text == '/' ? NULL : strstr(text, "://"), *brace = strchr(text, '{');
	if (!is_target(text) || (host && brace && brace < host + 3 + strcspn(host + 3, "/?#")))
		return "takes an absolute http or https URL, or a path that begins with one slash";
	const char *wrong = wrong_encoding(text);
	return wrong ? wrong : reader_text(source, text, into);
}

const char *reader_uri_targets(const struct setting_source *source, const char *text, void *into)
{
	if (wrong_encoding(text))
		return wrong_encoding(text);
	for (const char *list = text;;) {
		struct span word = reader_list_next(&list);
		if (!word.length)
			return reader_text(source, text, into);
		if (!target_is_rule(word))
			return "takes absolute http or https URLs, and paths that begin with one slash, without a query";
	}
}

const char *reader_uri_webhook(const struct setting_source *source, const char *text, void *into)
{
	if (*text && (*text == '/' || !is_target(text) || strpbrk(text, "{}#")))
		return "takes an absolute http or https URL without a fragment";
	const char *wrong = wrong_encoding(text);
	return wrong ? wrong : reader_text(source, text, into);
}

const char *reader_uri_route(const struct setting_source *source, const char *text, void *into)
{
	bool path = has_uri_characters(text) && !strpbrk(text, "?#%");
	const char *wrong = path ? route_check(text) : "takes a path that begins with a slash, such as /id/{name}";
	return wrong ? wrong : reader_text(source, text, into);
}

const char *reader_uri_sendfile(const struct setting_source *source, const char *text, void *into)
{
	bool yes, path = text[0] == '/' && text[1] != '/' && has_uri_characters(text);
	if (*text && !path && !unit_yes_no_read(text, &yes))
		return "takes yes, no or a path that begins with one slash";
	if (!*text || (!path && !yes))
		return NULL;
	const char *slash = path && text[strlen(text) - 1] != '/' ? "/" : "";
	*(const char **)into = path ? text_printed(source->arena, "%s%s", text, slash) : "yes";
	return NULL;
}

const char *reader_uri_origins(const struct setting_source *source, const char *text, void *into)
{
	struct words *origins = into;
	const char **words = arena_take(source->arena, (reader_list_count(text) + 1) * sizeof *words);
	size_t n = 0;
	for (struct span word; (word = reader_list_next(&text)).length; n++) {
		struct origin origin;
		const char *rest, *copy = arena_copy(source->arena, word.bytes, word.length);
		struct text written = {.arena = source->arena};
		if (strcmp(copy, "*") == 0) {
			words[n] = copy;
			continue;
		}
		bool app = has_uri_characters(copy) && !strchr(strstr(copy, "://") ? strstr(copy, "://") + 3 : "/", '/') &&
			origin_app_write(&written, copy);
		if (!app && (!has_uri_characters(copy) || !origin_read(copy, &origin, &rest) || (*rest && strcmp(rest, "/") != 0)))
			return "takes origins such as https://example.org or app://host, or *";
		if (!app)
			origin_write(&written, &origin);
		words[n] = written.bytes;
	}
	*origins = (struct words){words, n};
	return NULL;
}
