/* Bytes from outside on their way out; each function is named for the place where they go. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "base/span.h"
#include "base/text.h"

/* Appends bytes as HTML text or as a quoted attribute's value; control characters become U+FFFD. */
void escape_html(struct text *, struct span);

/* Appends markup in which every %s (the only conversion) is a string that gets escaped for HTML. */
void escape_markup(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends valid UTF-8 as a JSON string with its quotes (RFC 8259 §7). */
void escape_json(struct text *, struct span);

/* Appends bytes as part of a URI's path, slashes kept, all that a path can't hold percent-encoded (RFC 3986 §3.3). */
void escape_path(struct text *, const char *string);

/* Appends bytes as segments of a URI's path: slashes and unreserved characters kept, all else percent-encoded. */
void escape_segments(struct text *, struct span);

/* Appends bytes as a URI's query: what may stand in one is kept, with its percent-encodings, all else percent-encoded (RFC 3986 §3.4). */
void escape_query(struct text *, const char *string);

/* Appends bytes as one component of a URI: all but unreserved characters percent-encoded (RFC 3986 §2.3). */
void escape_component(struct text *, const char *string);

#endif
