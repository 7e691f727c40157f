/*
 * Routes: paths with {holes}, as things and forwards have them. {name} stands for one segment, or for what is left of it beside other
 * text, as in {name}.ttl; {name...} stands for the rest of the path, however many segments it has. What they stood for may be filled
 * into a target.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include <stdbool.h>

#include "base/span.h"
#include "base/text.h"

enum { ROUTE_HOLES = 8 };

/* What the holes of a route stood for in a path: the text, and the bytes as they were sent. Borrowed from both, or in the arena. */
struct captures {
	struct {
		struct span name, text, raw;
	} holes[ROUTE_HOLES];
	size_t n;
};

/* Gives NULL where the text is a route, or what is wrong with it. */
const char *route_check(const char *route);

/* Gives NULL where each hole of the target is one of the route's, or what is wrong with it, in the arena. */
const char *route_check_target(const char *route, const char *target, struct arena *);

/*
 * Returns true if a percent-encoded path matches the route, and captures what the holes stand for. Decoded, it is never empty, has no dot
 * segments, control bytes or backslashes, and is valid UTF-8.
 */
bool route_match(const char *route, const char *raw_path, struct captures *, struct arena *);

/*
 * Tells whether there are paths that match the route and that a target's path, its own holes filled somehow, may be; they are those of
 * the route from, NULL where there are none.
 */
bool route_may_be(const char *route, struct span target_path, const char *from);

/*
 * Appends a target with its holes filled: in its path with the bytes that were sent (encoding a reserved character changes a URI,
 * RFC 3986 §2.2), elsewhere with all but slashes and unreserved characters percent-encoded.
 */
void route_fill(struct text *, const char *target, const struct captures *);

/* Gives what the first hole of a route stood for. */
struct span route_first(const struct captures *);

#endif
