/* Escaping bytes from outside; each function is named for the place that they go to. */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "base/span.h"
#include "base/text.h"

/* Appends bytes as HTML text or as a quoted attribute's value; control characters (C1 too) become U+FFFD. */
void escape_html(struct text *, struct span);

/* Appends markup; each %s in it, the only conversion allowed, stands for a string that is escaped for HTML. */
void escape_markup(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends valid UTF-8 as a JSON string with its quotes (RFC 8259 §7). */
void escape_json(struct text *, struct span);

/* Appends a string as part of a URI's path: slashes stay, and bytes that a path cannot hold are percent-encoded (RFC 3986 §3.3). */
void escape_path(struct text *, const char *string);

/* Appends part of a path as a client sent it: all that a path may hold stays, percent-encodings included; the rest is encoded. */
void escape_raw_path(struct text *, struct span);

/* Appends bytes as segments of a URI's path: slashes and unreserved characters stay, all others are percent-encoded. */
void escape_segments(struct text *, struct span);

/* Appends a string as a URI's query: what a query may hold stays, percent-encodings included, the rest is encoded (RFC 3986 §3.4). */
void escape_query(struct text *, const char *string);

/* Appends a string as one component of a URI: all but unreserved characters are percent-encoded (RFC 3986 §2.3). */
void escape_component(struct text *, const char *string);

/* Appends valid UTF-8 for a terminal: line ends and tabs as they are, every other control character (C1 too) as U+FFFD. */
void escape_terminal(struct text *, struct span);

#endif
