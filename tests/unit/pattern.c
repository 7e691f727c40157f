/* Patterns: the whole value, and a bound on the work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/span.h"
#include "config/pattern.h"

static void a_pattern_matches_the_whole_value(void **state)
{
	(void)state;
	assert_int_equal(pattern_match("[A-Z]+", span_of("ABC")), PATTERN_MATCHES);
	assert_int_equal(pattern_match("[A-Z]+", span_of("ABCd")), PATTERN_DIFFERS);
	assert_int_equal(pattern_match("[A-Z]+", span_of("aBC")), PATTERN_DIFFERS);
	assert_int_equal(pattern_match("a|ab", span_of("ab")), PATTERN_MATCHES);
	assert_int_equal(pattern_match(".", span_of("\xc3\xbc")), PATTERN_MATCHES);
}

/* Without the bound this one ends too, but after a million steps; each letter more would double them. */
static void a_match_that_takes_too_long_is_given_up(void **state)
{
	(void)state;
	assert_int_equal(pattern_match("(a+)+", span_of("aaaaaaaaaaaaaaaaaaaa!")), PATTERN_FAILED);
}

static void what_is_no_pattern_is_told(void **state)
{
	char message[PATTERN_MESSAGE] = "";
	(void)state;
	assert_false(pattern_valid("(", message));
	assert_string_not_equal(message, "");
	assert_true(pattern_valid("[0-9]{5}", message));
	assert_int_equal(pattern_match("(", span_of("(")), PATTERN_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_matches_the_whole_value),
		cmocka_unit_test(a_match_that_takes_too_long_is_given_up),
		cmocka_unit_test(what_is_no_pattern_is_told),
	};
	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
