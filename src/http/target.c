/*
 * Browsers and this parser may read an unusual URL differently, and open redirects arise from such differences. So a URL is accepted
 * only if RFC 3986 leaves no room for a second reading. URL and rule are split and compared part by part, and the result is
 * written from the parts that were compared.
 *
 * Paths are compared as text and never decoded, so an escape can only make them differ. Anything that a server may decode to something
 * outside of the path is refused: dot segments in any spelling (also before ";", where some servers cut), escaped slashes, backslashes
 * and controls, escaped escapes, overlong UTF-8, and empty segments ("//" at the start of a path names another host).
 */
#include "http/target.h"

#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "base/utf8.h"
#include "http/origin.h"

enum { URL_MAX = 2000 };

static const char separators[] = " \t\r\n\v\f,";

struct place {
	struct origin origin;
	struct span path; /* never empty */
	const char *rest; /* path and query as they were written */
};

static bool is_escape(const char *text)
{
	return text[0] == '%' && ascii_hex_value(text[1]) >= 0 && ascii_hex_value(text[2]) >= 0;
}

/* Returns true if the text holds only what a URI without fragment may hold (RFC 3986 §2, §4.3). */
static bool has_only_uri_characters(const char *text)
{
	for (; *text; text++)
		if (*text == '%' ? !is_escape(text) : !ascii_is_alphanumeric(*text) && !strchr("-._~:/?[]@!$&'()*+,;=", *text))
			return false;
	return true;
}

/* Decodes a segment whose escapes are complete; returns its length without parameters (RFC 3986 §3.3). */
static size_t segment_decode(struct span segment, char decoded[], size_t *length)
{
	size_t n = 0;
	for (size_t i = 0; i < segment.length; n++) {
		bool escape = segment.bytes[i] == '%';
		decoded[n] = escape ? (char)(ascii_hex_value(segment.bytes[i + 1]) * 16 + ascii_hex_value(segment.bytes[i + 2]))
				    : segment.bytes[i];
		i += escape ? 3 : 1;
	}
	decoded[n] = decoded[n + 1] = decoded[n + 2] = '\0';
	const char *parameters = memchr(decoded, ';', n);
	*length = n;
	return parameters ? (size_t)(parameters - decoded) : n;
}

static bool is_safe_segment(struct span segment)
{
	char decoded[URL_MAX + 3];
	size_t length, name = segment_decode(segment, decoded, &length);
	if (segment.length && (memchr(segment.bytes, '[', segment.length) || memchr(segment.bytes, ']', segment.length)))
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)decoded[i];
		if (c < ' ' || c == 0x7f || c == '/' || c == '\\' || is_escape(decoded + i))
			return false;
	}
	bool dots = (name == 1 || name == 2) && memcmp(decoded, "..", name) == 0;
	return !dots && utf8_valid((struct span){decoded, length});
}

static bool is_safe_path(struct span path)
{
	size_t at = 0;
	while (at < path.length) {
		at++; /* the slash */
		const char *slash = memchr(path.bytes + at, '/', path.length - at);
		size_t end = slash ? (size_t)(slash - path.bytes) : path.length;
		bool empty = end == at && end < path.length;
		if (empty || !is_safe_segment((struct span){path.bytes + at, end - at}))
			return false;
		at = end;
	}
	return true;
}

/* Splits a URL or path; own is the origin of paths, or NULL if it is unknown. */
static bool place_read(const char *url, const struct origin *own, struct place *place)
{
	if (strlen(url) > URL_MAX || !has_only_uri_characters(url))
		return false;
	if (url[0] == '/') {
		if (!own)
			return false;
		place->origin = *own;
		place->rest = url;
	} else if (!origin_read(url, &place->origin, &place->rest)) {
		return false;
	}
	place->path = (struct span){place->rest, strcspn(place->rest, "?")};
	if (!place->path.length)
		place->path = span_of("/"); /* RFC 3986 §6.2.3 */
	return is_safe_path(place->path);
}

/* Refuses queries, and wildcards, which somebody may expect to work. */
static bool read_target_rule(struct span text, char copy[URL_MAX + 1], const struct origin *own, struct place *rule)
{
	if (!text.length || text.length > URL_MAX || memchr(text.bytes, '\0', text.length))
		return false;
	memcpy(copy, text.bytes, text.length);
	copy[text.length] = '\0';
	return !strpbrk(copy, "?*") && place_read(copy, own, rule);
}

bool target_is_rule(struct span text)
{
	static const struct origin any = {.scheme = "https", .host = {"localhost", 9}, .port = 443};
	char copy[URL_MAX + 1];
	struct place rule;
	for (size_t i = 0; i < text.length; i++)
		if (strchr(separators, text.bytes[i])) /* true for NUL as well */
			return false;
	return read_target_rule(text, copy, &any, &rule);
}

static bool rule_allows(const struct place *rule, const struct place *place)
{
	struct span stem = rule->path, path = place->path;
	if (!origin_same(&rule->origin, &place->origin))
		return false;
	if (path.length < stem.length || memcmp(path.bytes, stem.bytes, stem.length) != 0)
		return false;
	return stem.bytes[stem.length - 1] == '/' || path.length == stem.length || path.bytes[stem.length] == '/';
}

const char *target_allowed(const char *url, const char *list, const char *own, struct arena *arena)
{
	struct origin home;
	const char *ignored;
	const struct origin *paths = own && origin_read(own, &home, &ignored) ? &home : NULL;
	struct place place, rule;
	char copy[URL_MAX + 1];
	if (!url || !list || !place_read(url, paths, &place))
		return NULL;
	for (size_t length; *(list += strspn(list, separators)); list += length) {
		length = strcspn(list, separators);
		if (!read_target_rule((struct span){list, length}, copy, paths, &rule) || !rule_allows(&rule, &place))
			continue;
		struct text target = {.arena = arena};
		origin_write(&target, &place.origin);
		text_put(&target, place.rest);
		return text_string(&target);
	}
	return NULL;
}
