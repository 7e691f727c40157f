/* A server may ignore Range; this one does so if several ranges are asked for at once, or if the header cannot be read. */
#include "http/range.h"

#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/span.h"

static bool read_position(const char *text, uint64_t *number)
{
	return number_read(text, INT64_MAX, number);
}

enum range_kind range_read(const char *header, uint64_t size, uint64_t *from, uint64_t *n)
{
	char first[24] = "", last[24] = "";
	uint64_t begin, end;
	if (!header || strncasecmp(header, "bytes=", 6) != 0 || strchr(header, ','))
		return RANGE_WHOLE;
	struct span range = span_trim(span_of(header + 6));
	const char *dash = range.length ? memchr(range.bytes, '-', range.length) : NULL;
	size_t before = dash ? (size_t)(dash - range.bytes) : sizeof first, after = dash ? range.length - before - 1 : 0;
	if (before >= sizeof first || after >= sizeof last)
		return RANGE_WHOLE;
	memcpy(first, range.bytes, before);
	memcpy(last, dash + 1, after);
	if (!*first) { /* the last so many bytes */
		if (!read_position(last, &end))
			return RANGE_WHOLE;
		*n = end < size ? end : size;
		*from = size - *n;
		if (end && !size) /* an empty representation has no part, yet the range is satisfiable (RFC 9110 §14.1.2) */
			return RANGE_WHOLE;
		return *n ? RANGE_PART : RANGE_OUTSIDE;
	}
	if (!read_position(first, &begin) || (*last && (!read_position(last, &end) || end < begin)))
		return RANGE_WHOLE;
	if (begin >= size)
		return RANGE_OUTSIDE;
	*from = begin;
	*n = *last && end < size ? end - begin + 1 : size - begin;
	return RANGE_PART;
}
