/* Spans: bytes that somebody else owns. */
#ifndef SPAN_H
#define SPAN_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes may include NUL. Spans that functions return in an arena also have a NUL behind their last byte. */
struct span {
	const char *bytes;
	size_t length;
};

/* Returns the span of a string. */
struct span span_of(const char *string);

/* Returns true if the span equals the string. */
bool span_is(struct span, const char *string);

/* Returns true if two spans are equal, ignoring the case of ASCII letters. */
bool span_same(struct span, struct span);

/* Returns the part before the first occurrence of a byte, or the whole span if there is no such byte. */
struct span span_before(struct span, char);

/* Returns the span without white space (space, tab, CR, LF) at either end. */
struct span span_trim(struct span);

#endif
