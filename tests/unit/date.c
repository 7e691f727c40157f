/* Dates as the log, HTTP and forms write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/date.h"

static void the_three_forms_of_an_http_date_are_read(void **state)
{
	static const char *const same[] = {
		"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
	};
	time_t moment;
	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		assert_true(date_http_read(same[i], &moment));
		assert_int_equal(moment, 784111777);
	}
	assert_false(date_http_read("yesterday", &moment));
	assert_false(date_http_read("Sun, 06 Nov 1994 08:49:37 GMT and more", &moment));
}

static void a_date_that_no_calendar_has_is_refused(void **state)
{
	(void)state;
	assert_true(date_day_valid("2024-02-29"));
	assert_true(date_day_valid("2000-02-29"));
	assert_false(date_day_valid("2023-02-29"));
	assert_false(date_day_valid("1900-02-29"));
	assert_false(date_day_valid("2026-13-01"));
	assert_false(date_day_valid("2026-00-10"));
	assert_false(date_day_valid("2026-04-31"));
	assert_false(date_day_valid("0000-01-01"));
	assert_false(date_day_valid("2026-4-3"));
	assert_false(date_day_valid("2026-04-03 "));
}

static void a_stamp_is_read_as_it_was_written(void **state)
{
	char stamp[DATE_STAMP], http[DATE_HTTP], day[DATE_DAY];
	time_t moment;
	(void)state;
	date_stamp_write(stamp, (struct timespec){784111777, 5000000});
	assert_string_equal(stamp, "1994-11-06T08:49:37.005Z");
	assert_true(date_stamp_read(stamp, &moment));
	assert_int_equal(moment, 784111777);
	static const char *const none[] = {"", "1994-11-06T08:49:37.", "1994-11-06T08:49:37.005", "1994-11-06T08:49:37.005Z ",
		"1994-11-06T08:49:37.more", "1994-11-06 08:49:37.005Z", "1994-11-06T 8:49:37.005Z", "1994-13-06T08:49:37.005Z"};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_false(date_stamp_read(none[i], &moment));
	date_http_write(http, moment);
	assert_string_equal(http, "Sun, 06 Nov 1994 08:49:37 GMT");
	date_day_write(day, date_day(moment));
	assert_string_equal(day, "1994-11-06");
}

/* The C library is the measure: every 11th hour from 1970 to 2299, and the edges. */
static void the_calendar_is_the_c_library_s(void **state)
{
	(void)state;
	for (time_t moment = 0; moment < 10413792000; moment += 11 * 3600 + 61) {
		char mine[DATE_HTTP], theirs[DATE_HTTP];
		time_t back;
		struct tm tm;
		date_http_write(mine, moment);
		strftime(theirs, sizeof theirs, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&moment, &tm));
		assert_string_equal(mine, theirs);
		assert_true(date_http_read(mine, &back));
		assert_int_equal(back, moment);
	}
	char day[DATE_DAY];
	date_day_write(day, 0);
	assert_string_equal(day, "1970-01-01");
	date_day_write(day, 65535);
	assert_string_equal(day, "2149-06-06");
	date_day_write(day, INT64_C(2932896));
	assert_string_equal(day, "9999-12-31");
}

static void a_day_is_read_as_it_was_written(void **state)
{
	char day[DATE_DAY];
	int64_t n;
	(void)state;
	for (int64_t i = 0; i < 80000; i++) {
		date_day_write(day, i);
		assert_true(date_day_read(day, &n));
		assert_int_equal(n, i);
	}
	assert_false(date_day_read("2026-02-29", &n));
	assert_false(date_day_read("2026-11-23.jsonl", &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_three_forms_of_an_http_date_are_read),
		cmocka_unit_test(a_date_that_no_calendar_has_is_refused),
		cmocka_unit_test(the_calendar_is_the_c_library_s),
		cmocka_unit_test(a_day_is_read_as_it_was_written),
		cmocka_unit_test(a_stamp_is_read_as_it_was_written),
	};
	return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
