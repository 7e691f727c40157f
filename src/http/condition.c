/* If-None-Match takes precedence over If-Modified-Since (RFC 9110 §13.2.2). */
#include "http/condition.h"

#include <string.h>

#include "base/date.h"
#include "base/span.h"

/* Returns true if the list is "*" or holds the tag; weak tags never match in a strong comparison (RFC 9110 §8.8.3.2). */
static bool has_etag(const char *list, const char *etag, bool strong)
{
	size_t n = strlen(etag);
	if (span_is(span_trim(span_of(list)), "*"))
		return true;
	while (*list) {
		list += strspn(list, ", \t");
		bool weak = strncmp(list, "W/", 2) == 0;
		list += weak ? 2 : 0;
		const char *end = *list == '"' ? strchr(list + 1, '"') : NULL;
		if (!end)
			return false; /* not an entity tag; where the next one starts is unknown */
		if (!(weak && strong) && (size_t)(end + 1 - list) == n && memcmp(list, etag, n) == 0)
			return true;
		list = end + 1;
	}
	return false;
}

bool condition_unchanged(const struct request *request, const char *etag, time_t modified)
{
	const char *tags = request_variable(request, "HTTP_IF_NONE_MATCH");
	const char *since = request_variable(request, "HTTP_IF_MODIFIED_SINCE");
	time_t moment;
	if (request->method != METHOD_GET && request->method != METHOD_HEAD)
		return false;
	if (tags)
		return has_etag(tags, etag, false);
	return since && date_http_read(since, &moment) && modified <= moment;
}

bool condition_failed(const struct request *request, const char *etag, time_t modified)
{
	const char *tags = request_variable(request, "HTTP_IF_MATCH");
	const char *since = request_variable(request, "HTTP_IF_UNMODIFIED_SINCE");
	time_t moment;
	if (tags)
		return !has_etag(tags, etag, true);
	return since && date_http_read(since, &moment) && modified > moment;
}

bool condition_range_holds(const struct request *request, const char *etag, time_t modified)
{
	const char *validator = request_variable(request, "HTTP_IF_RANGE");
	time_t moment;
	if (!validator)
		return true;
	return date_http_read(validator, &moment) ? modified == moment : strcmp(validator, etag) == 0;
}
