/* Borrowed bytes: comparing spans and taking parts of them. */
#include "base/span.h"

#include <string.h>
#include <strings.h>

struct span span_of(const char *string)
{
	return (struct span){string, strlen(string)};
}

bool span_is(struct span span, const char *string)
{
	return span.length == strlen(string) && memcmp(span.bytes, string, span.length) == 0;
}

bool span_same(struct span a, struct span b)
{
	return a.length == b.length && (!a.length || strncasecmp(a.bytes, b.bytes, a.length) == 0);
}

struct span span_before(struct span whole, char c)
{
	const char *end = whole.length ? memchr(whole.bytes, c, whole.length) : NULL;
	return end ? (struct span){whole.bytes, (size_t)(end - whole.bytes)} : whole;
}

static bool is_white_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span span)
{
	while (span.length && is_white_space(span.bytes[0]))
		span.bytes++, span.length--;
	while (span.length && is_white_space(span.bytes[span.length - 1]))
		span.length--;
	return span;
}
