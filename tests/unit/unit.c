/* Values of config.ini: sizes, counts, yes and no, and the word somebody may have meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "unit.h"

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
		cmocka_unit_test(a_count_has_no_unit),
		cmocka_unit_test(yes_and_no_are_whole_words_of_any_case),
		cmocka_unit_test(the_distance_of_words_is_the_least_number_of_edits),
	};
	return cmocka_run_group_tests_name("unit", tests, NULL, NULL);
}
