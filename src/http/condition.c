/* Conditions; see condition.h. If-None-Match outranks If-Modified-Since (RFC 9110 §13.2.2). */
#include "http/condition.h"

#include <string.h>

#include "base/date.h"
#include "base/span.h"

/* Looks for the tag in a list of entity tags, or "*"; the strong comparison takes no weak one (RFC 9110 §8.8.3.2). */
static bool list_has(const char *list, const char *etag, bool strong)
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
			return false; /* no entity tag: the rest can't be trusted */
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
		return list_has(tags, etag, false);
	return since && date_http_read(since, &moment) && modified <= moment;
}

bool condition_failed(const struct request *request, const char *etag, time_t modified)
{
	const char *tags = request_variable(request, "HTTP_IF_MATCH");
	const char *since = request_variable(request, "HTTP_IF_UNMODIFIED_SINCE");
	time_t moment;
	if (tags)
		return !list_has(tags, etag, true);
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
