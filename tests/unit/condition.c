/* Conditional requests: when a GET or HEAD may be answered 304. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "http/condition.h"

#define ETAG "\"d41d8cd98f\""

static const time_t modified = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */

struct headers {
	const char *method, *tags, *since;
};

static const char *variable(void *context, const char *name)
{
	const struct headers *headers = context;
	if (strcmp(name, "REQUEST_METHOD") == 0)
		return headers->method;
	if (strcmp(name, "HTTP_IF_NONE_MATCH") == 0)
		return headers->tags;
	return strcmp(name, "HTTP_IF_MODIFIED_SINCE") == 0 ? headers->since : NULL;
}

static bool unchanged(const char *method, const char *tags, const char *since)
{
	struct headers headers = {method, tags, since};
	struct transport transport = {.context = &headers, .variable = variable};
	struct arena arena = {0};
	struct request request;
	request_begin(&request, &arena, &transport);
	bool result = condition_unchanged(&request, ETAG, modified);
	arena_free(&arena);
	return result;
}

static void check(const char *const *rows, size_t n, bool expected)
{
	for (size_t i = 0; i < n; i++) {
		if (unchanged("GET", rows[i], NULL) != expected)
			fail_msg("If-None-Match: %s is answered %s", rows[i], expected ? "200" : "304");
		assert_int_equal(unchanged("HEAD", rows[i], NULL), expected);
		assert_false(unchanged("POST", rows[i], NULL));
		assert_false(unchanged("DELETE", rows[i], NULL));
	}
}

static void without_a_condition_there_is_no_304(void **state)
{
	(void)state;
	assert_false(unchanged("GET", NULL, NULL));
	assert_false(unchanged("GET", "", ""));
}

static void a_tag_that_the_client_has_is_compared_weakly(void **state)
{
	static const char *const rows[] = {ETAG, "W/" ETAG, "*", " * ", " " ETAG " ", "\"a\", " ETAG, ETAG ", \"a\"",
		"\"a\"," ETAG ",\"b\"", "\"a\", W/\"b\", W/" ETAG, ",, ," ETAG, "\"a\"\t,\t" ETAG, "\"\", " ETAG,
		"\"a,b\", " ETAG, "\"*\", " ETAG};
	(void)state;
	check(rows, sizeof rows / sizeof *rows, true);
}

static void another_tag_is_no_match(void **state)
{
	static const char *const rows[] = {"\"a\"", "W/\"a\"", "\"\"", "\"*\"", "d41d8cd98f", "\"d41d8cd98", "\"d41d8cd98fe\"",
		"\"D41D8CD98F\"", "\" d41d8cd98f\"", "\"d41d8cd98f \"", "w/" ETAG, "'d41d8cd98f'", "\"", ",",
		"\"a,d41d8cd98f,b\"", "x" ETAG, "**"};
	(void)state;
	check(rows, sizeof rows / sizeof *rows, false);
}

static void a_date_counts_when_there_is_no_tag(void **state)
{
	(void)state;
	assert_true(unchanged("GET", NULL, "Sun, 06 Nov 1994 08:49:37 GMT"));
	assert_true(unchanged("HEAD", NULL, "Sun, 06 Nov 1994 08:49:38 GMT"));
	assert_true(unchanged("GET", NULL, "Sunday, 06-Nov-94 08:49:37 GMT"));
	assert_true(unchanged("GET", "", "Sun Nov  6 08:49:37 1994"));
	assert_false(unchanged("GET", NULL, "Sun, 06 Nov 1994 08:49:36 GMT"));
	assert_false(unchanged("POST", NULL, "Sun, 06 Nov 1994 08:49:37 GMT"));
	assert_false(unchanged("GET", NULL, "784111777"));
	assert_false(unchanged("GET", NULL, "never"));
	assert_false(unchanged("GET", NULL, "Sun, 06 Nov 1994 08:49:37"));
}

static void a_tag_outranks_a_date(void **state)
{
	(void)state;
	assert_false(unchanged("GET", "\"a\"", "Sun, 06 Nov 1994 08:49:37 GMT"));
	assert_true(unchanged("GET", ETAG, "Sun, 06 Nov 1994 08:49:36 GMT"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_condition_there_is_no_304),
		cmocka_unit_test(a_tag_that_the_client_has_is_compared_weakly),
		cmocka_unit_test(another_tag_is_no_match),
		cmocka_unit_test(a_date_counts_when_there_is_no_tag),
		cmocka_unit_test(a_tag_outranks_a_date),
	};
	return cmocka_run_group_tests_name("condition", tests, NULL, NULL);
}
