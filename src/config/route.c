/* Routes; see route.h. */
#include "config/route.h"

#include <string.h>

#include "base/escape.h"
#include "base/percent.h"
#include "base/span.h"
#include "base/utf8.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/* A hole at an opening brace: its name, how long it is with its braces (0: it is none), and whether it takes the rest. */
struct hole {
	struct span name;
	size_t length;
	bool rest;
};

static struct hole hole_at(const char *brace)
{
	size_t n = strspn(brace + 1, letters);
	bool rest = strncmp(brace + 1 + n, "...", 3) == 0;
	const char *end = brace + 1 + n + (rest ? 3 : 0);
	return (struct hole){{brace + 1, n}, n && *end == '}' ? (size_t)(end + 1 - brace) : 0, rest};
}

/* Gives the segment that begins behind a slash. */
static struct span segment_of(const char *slash)
{
	return (struct span){slash + 1, strcspn(slash + 1, "/")};
}

/* A segment of a route that has a hole: the text before and after it, such as .ttl. */
struct holed {
	struct span before, after;
	struct hole hole;
};

/* Tells whether the segment of a route has one hole, and text without braces around it, and gives its parts. */
static bool has_hole(struct span segment, struct holed *parts)
{
	const char *brace = memchr(segment.bytes, '{', segment.length), *end = segment.bytes + segment.length;
	if (!brace)
		return false;
	parts->hole = hole_at(brace);
	const char *after = brace + parts->hole.length;
	parts->before = (struct span){segment.bytes, (size_t)(brace - segment.bytes)};
	parts->after = (struct span){after, (size_t)(end - after)};
	bool whole = !parts->before.length && !parts->after.length;
	return parts->hole.length && (whole || !parts->hole.rest) && !memchr(parts->before.bytes, '}', parts->before.length) &&
		!memchr(after, '{', parts->after.length) && !memchr(after, '}', parts->after.length);
}

/* Takes the text around a hole off a segment of a path; false if it isn't there, or nothing is left for the hole. */
static bool strip_text(struct span *segment, const struct holed *parts)
{
	size_t before = parts->before.length, after = parts->after.length;
	if (segment->length <= before + after || memcmp(segment->bytes, parts->before.bytes, before) != 0 ||
		memcmp(segment->bytes + segment->length - after, parts->after.bytes, after) != 0)
		return false;
	*segment = (struct span){segment->bytes + before, segment->length - before - after};
	return true;
}

static bool is_named(const char *route, struct span name)
{
	for (const char *brace = route; (brace = strchr(brace, '{')); brace++) {
		struct hole hole = hole_at(brace);
		if (hole.name.length == name.length && memcmp(hole.name.bytes, name.bytes, name.length) == 0)
			return true;
	}
	return false;
}

const char *route_check(const char *route)
{
	size_t holes = 0;
	if (*route != '/' || !route[1])
		return "takes a path that begins with a slash, such as /id/{name}";
	for (const char *c = route; *c == '/'; c += 1 + segment_of(c).length) {
		struct span segment = segment_of(c);
		struct holed parts;
		if (!segment.length && segment.bytes[0])
			return "has an empty segment, two slashes in a row";
		if (has_hole(segment, &parts)) {
			struct hole hole = parts.hole;
			if (hole.rest && segment.bytes[segment.length])
				return "takes {name...} only at its end";
			if (++holes > ROUTE_HOLES)
				return "has more than 8 holes";
			if (is_named(hole.name.bytes + hole.name.length, hole.name))
				return "has two holes of the same name";
		} else if (memchr(segment.bytes, '{', segment.length) || memchr(segment.bytes, '}', segment.length)) {
			return "takes one {name} in a segment, such as {name} or {name}.ttl, and {name...} for the rest";
		}
	}
	return NULL;
}

const char *route_check_target(const char *route, const char *target, struct arena *arena)
{
	for (const char *c = target; (c = strpbrk(c, "{}"));) {
		struct hole hole = *c == '{' ? hole_at(c) : (struct hole){.length = 0};
		if (!hole.length || hole.rest)
			return text_printed(arena, "takes holes such as {name}, not \"%.10s\"", c);
		if (!is_named(route, hole.name))
			return text_printed(arena, "has {%.*s}, which is not in the path", (int)hole.name.length, hole.name.bytes);
		c += hole.length;
	}
	return NULL;
}

/* Returns true for ".", ".." and, since some servers cut off parameters, for these with ";" and anything behind it. */
static bool is_dot_segment(struct span segment)
{
	struct span name = span_before(segment, ';');
	return span_is(name, ".") || span_is(name, "..");
}

/*
 * Returns true if a segment may be filled into a target: no dot segment, not even between encoded slashes, which a server may decode, no
 * backslash, which browsers take for a slash, no control byte.
 */
static bool is_sound(struct span raw, struct arena *arena)
{
	struct span text = percent_decode(raw, arena);
	if (!text.length || !utf8_valid(text))
		return false;
	for (size_t i = 0; i < raw.length; i++)
		if (percent_value((struct span){raw.bytes + i, raw.length - i}) == 0)
			return false;
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.bytes[i] < ' ' || text.bytes[i] == 0x7f || text.bytes[i] == '\\')
			return false;
	for (struct span part; text.length; text.bytes += part.length, text.length -= part.length) {
		part = span_before(text, '/');
		if (is_dot_segment(part))
			return false;
		part.length += part.length < text.length; /* the slash */
	}
	return true;
}

/* The last segment may be empty: many addresses end in a slash. */
static bool all_sound(const char *slash, struct arena *arena)
{
	for (const char *c = slash; *c == '/'; c += 1 + segment_of(c).length)
		if (!is_sound(segment_of(c), arena) && (c == slash || c[1]))
			return false;
	return true;
}

bool route_match(const char *route, const char *path, struct captures *captures, struct arena *arena)
{
	captures->n = 0;
	for (; *route == '/' && *path == '/'; route += 1 + segment_of(route).length, path += 1 + segment_of(path).length) {
		struct span wanted = segment_of(route), segment = segment_of(path);
		struct holed parts;
		if (!has_hole(wanted, &parts)) {
			struct span text = percent_decode(segment, arena);
			if (text.length != wanted.length || memcmp(text.bytes, wanted.bytes, wanted.length) != 0)
				return false;
			continue;
		}
		struct hole hole = parts.hole;
		if (!(hole.rest ? all_sound(path, arena) : strip_text(&segment, &parts) && is_sound(segment, arena)))
			return false;
		struct span raw = hole.rest ? span_of(path + 1) : segment;
		captures->holes[captures->n].name = hole.name;
		captures->holes[captures->n].raw = raw;
		captures->holes[captures->n++].text = percent_decode(raw, arena);
		if (hole.rest)
			return true;
	}
	return !*route && !*path;
}

/* Tells whether a hole in the segment stands for the rest of a path of the route from. */
static bool holds_rest(struct span segment, const char *from)
{
	const char *dots = from ? strstr(from, "...}") : NULL;
	for (size_t i = 0; dots && i < segment.length; i++) {
		struct hole hole = segment.bytes[i] == '{' ? hole_at(segment.bytes + i) : (struct hole){.length = 0};
		const char *name = dots - hole.name.length;
		if (hole.length && name > from && name[-1] == '{' && memcmp(name, hole.name.bytes, hole.name.length) == 0)
			return true;
	}
	return false;
}

bool route_may_be(const char *route, struct span path, const char *from)
{
	const char *c = path.bytes, *end = path.bytes + path.length;
	if (!path.length || *c != '/')
		return false;
	for (; *route == '/' && c < end && *c == '/'; route += 1 + segment_of(route).length) {
		struct span wanted = segment_of(route), segment = {c + 1, strcspn(c + 1, "/")};
		struct holed parts;
		if (segment.bytes + segment.length > end)
			segment.length = (size_t)(end - segment.bytes);
		bool any = has_hole(wanted, &parts), open = memchr(segment.bytes, '{', segment.length) != NULL;
		if ((any && parts.hole.rest) || (open && holds_rest(segment, from)))
			return segment.length > 0;
		if (any && !open && !strip_text(&(struct span){segment.bytes, segment.length}, &parts))
			return false;
		if (!any && !open && (segment.length != wanted.length || memcmp(segment.bytes, wanted.bytes, wanted.length) != 0))
			return false;
		c = segment.bytes + segment.length;
	}
	return !*route && c == end;
}

/* Returns where the path of a target begins and ends: holes before it may be in a host, those behind it in a query or fragment. */
static struct span path_part(const char *target)
{
	const char *host = *target == '/' ? NULL : strstr(target, "://"), *path = target;
	if (*target != '/')
		path = host ? strpbrk(host + 3, "/?#") : NULL;
	return path && *path == '/' ? (struct span){path, strcspn(path, "?#")} : (struct span){target, 0};
}

void route_fill(struct text *text, const char *target, const struct captures *captures)
{
	struct span path = path_part(target);
	for (const char *c = target; *c;) {
		size_t plain = strcspn(c, "{");
		text_add(text, c, plain);
		c += plain;
		struct hole hole = *c ? hole_at(c) : (struct hole){.length = 0};
		for (size_t i = 0; i < captures->n; i++) {
			struct span name = captures->holes[i].name;
			if (name.length != hole.name.length || memcmp(name.bytes, hole.name.bytes, name.length) != 0)
				continue;
			if (c >= path.bytes && c < path.bytes + path.length)
				escape_raw_path(text, captures->holes[i].raw);
			else
				escape_segments(text, captures->holes[i].text);
		}
		c += hole.length;
	}
}

struct span route_first(const struct captures *captures)
{
	return captures->n ? captures->holes[0].text : (struct span){"", 0};
}
