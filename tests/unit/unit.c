/* Values of config.ini: sizes, durations, rates, counts, yes and no, and the word somebody may have meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/unit.h"

static void a_size_has_a_unit_or_none(void **state)
{
	static const struct { const char *text; uint64_t bytes; } rows[] = {
		{"0", 0}, {"1", 1}, {"500", 500}, {"007", 7}, {"0K", 0}, {"1K", 1024}, {"1k", 1024}, {"64K", 65536},
		{"2M", 2097152}, {"2m", 2097152}, {"1G", 1073741824}, {"1g", 1073741824}, {"9223372036854775807", INT64_MAX},
		{"9007199254740991K", INT64_MAX - 1023}, {"8589934591G", INT64_MAX - 1073741823},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t bytes = 12345;
		if (!unit_size_read(rows[i].text, &bytes) || bytes != rows[i].bytes)
			fail_msg("\"%s\" is not read, or as %llu", rows[i].text, (unsigned long long)bytes);
	}
}

static void what_is_no_size_is_refused(void **state)
{
	static const char *const rows[] = {"", " ", "K", "M", "G", "1T", "1KB", "1MiB", "1KK", "K1", "1 K", " 1K", "1K ", "+1",
		"-1", "1.5M", "1,5M", "1e3", "0x10", "ten", "1b", "1\xe2\x84\xaa", "1\x0b", "9223372036854775808",
		"9007199254740992K", "8796093022208M", "8589934592G", "18446744073709551617",
		"99999999999999999999999999999999999999999999G"};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t bytes;
		if (unit_size_read(rows[i], &bytes))
			fail_msg("\"%s\" is taken as %llu", rows[i], (unsigned long long)bytes);
	}
}

static void a_duration_has_a_unit_unless_it_is_nought(void **state)
{
	static const struct { const char *text; uint64_t seconds; } rows[] = {
		{"0", 0}, {"0s", 0}, {"0w", 0}, {"1s", 1}, {"3s", 3}, {"90s", 90}, {"007s", 7}, {"1m", 60}, {"10m", 600},
		{"1h", 3600}, {"24h", 86400},
		{"1d", 86400}, {"90d", 7776000}, {"1w", 604800}, {"2w", 1209600}, {"36525d", 3155760000},
		{"3155760000s", 3155760000},
		{"52596000m", 3155760000}, {"876600h", 3155760000}, {"5217w", 3155241600},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t seconds = 12345;
		if (!unit_duration_read(rows[i].text, &seconds) || seconds != rows[i].seconds)
			fail_msg("\"%s\" is not read, or as %llu", rows[i].text, (unsigned long long)seconds);
	}
}

static void what_is_no_duration_is_refused(void **state)
{
	static const char *const rows[] = {"", " ", "s", "m", "90", "00", "1", "1S", "1M", "1H", "1D", "1W", "1y", "1ms", "1 s",
		" 1s", "1s ", "+1s", "-1s", "1.5h", "1,5h", "1h30m", "0x1s", "1ss", "s1", "1min", "ten", "1\xc2\xb5", "36526d",
		"3155760001s", "52596001m", "876601h", "5218w", "18446744073709551617s", "18446744073709551616s",
		"000000000000000000000000000001s", "99999999999999999999999999999999w"};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t seconds;
		if (unit_duration_read(rows[i], &seconds))
			fail_msg("\"%s\" is taken as %llu", rows[i], (unsigned long long)seconds);
	}
}

static void a_rate_is_a_count_in_a_time(void **state)
{
	static const struct { const char *text; uint64_t count, seconds; } rows[] = {
		{"5/second", 5, 1}, {"10/minute", 10, 60}, {"100/hour", 100, 3600}, {"1000/day", 1000, 86400}, {"10/s", 10, 1},
		{"10/m", 10, 60},
		{"10/h", 10, 3600}, {"10/d", 10, 86400}, {"10/5m", 10, 300}, {"1/1s", 1, 1}, {"1000000/2w", 1000000, 1209600},
		{"3/366d", 3, 31622400},
		{"3/31622400s", 3, 31622400}, {"007/90s", 7, 90},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t count = 0, seconds = 0;
		if (!unit_rate_read(rows[i].text, &count, &seconds) || count != rows[i].count || seconds != rows[i].seconds)
			fail_msg("\"%s\" is not read, or as %llu in %llu s", rows[i].text, (unsigned long long)count,
				(unsigned long long)seconds);
	}
}

static void what_is_no_rate_is_refused(void **state)
{
	static const char *const rows[] = {"", "/", "10", "10/", "/minute", "/5m", "0/minute", "1000001/day", "10000000/day",
		"99999999/day", "-1/minute", "+1/minute", "1.5/minute", "1K/minute", "10 /minute", "10/ minute", " 10/minute",
		"10/minute ", "10//minute", "10/minute/x", "10/minutes", "10/Minute", "10/MINUTE", "10/M", "10/min", "10/sec",
		"10/w", "10/week", "10/month", "10/0", "10/0s", "10/5", "10/60", "10/1y", "10/367d", "10/31622401s", "10/53w",
		"10 per minute", "ten/minute", "18446744073709551617/s"};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t count, seconds;
		if (unit_rate_read(rows[i], &count, &seconds))
			fail_msg("\"%s\" is taken as %llu in %llu s", rows[i], (unsigned long long)count, (unsigned long long)seconds);
	}
}

static void a_count_has_no_unit(void **state)
{
	static const char *const bad[] = {"", "1K", "-1", "+1", " 1", "1 ", "1.0", "9223372036854775808"};
	uint64_t count;
	(void)state;
	assert_true(unit_count_read("0", &count));
	assert_int_equal(count, 0);
	assert_true(unit_count_read("9223372036854775807", &count));
	assert_int_equal(count, INT64_MAX);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(unit_count_read(bad[i], &count));
}

static void yes_and_no_are_whole_words_of_any_case(void **state)
{
	static const char *const yes[] = {"yes", "YES", "Yes", "on", "true", "True", "1"};
	static const char *const no[] = {"no", "NO", "No", "off", "false", "0"};
	static const char *const bad[] = {"", "y", "n", "t", "f", "yeah", "nope", "yes ", " no", "maybe", "2", "01", "enabled"};
	bool read;
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		read = false;
		assert_true(unit_yes_no_read(yes[i], &read));
		assert_true(read);
	}
	for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
		read = true;
		assert_true(unit_yes_no_read(no[i], &read));
		assert_false(read);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(unit_yes_no_read(bad[i], &read));
}

static void the_distance_of_words_is_the_least_number_of_edits(void **state)
{
	static const struct { const char *a, *b; size_t distance; } rows[] = {
		{"", "", 0}, {"a", "", 1}, {"abc", "abc", 0}, {"title", "titel", 2}, {"kitten", "sitting", 3},
		{"flaw", "lawn", 2}, {"max_body", "maxbody", 1}, {"data", "date", 1}, {"abc", "xyz", 3}, {"ab", "ba", 2},
	};
	char longest[64], longer[65];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(unit_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(unit_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
	memset(longest, 'a', 63), longest[63] = '\0';
	memset(longer, 'a', 64), longer[64] = '\0';
	assert_int_equal(unit_distance(longest, ""), 63);
	assert_int_equal(unit_distance(longest, longest), 0);
	assert_int_equal(unit_distance(longer, longer), SIZE_MAX);
	assert_int_equal(unit_distance("a", longer), SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_has_a_unit_or_none),
		cmocka_unit_test(what_is_no_size_is_refused),
		cmocka_unit_test(a_duration_has_a_unit_unless_it_is_nought),
		cmocka_unit_test(what_is_no_duration_is_refused),
		cmocka_unit_test(a_rate_is_a_count_in_a_time),
		cmocka_unit_test(what_is_no_rate_is_refused),
		cmocka_unit_test(a_count_has_no_unit),
		cmocka_unit_test(yes_and_no_are_whole_words_of_any_case),
		cmocka_unit_test(the_distance_of_words_is_the_least_number_of_edits),
	};
	return cmocka_run_group_tests_name("unit", tests, NULL, NULL);
}
