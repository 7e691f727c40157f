/* Messages: their keys, their holes, and what stands in for a text that a catalogue lacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "config/message.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void each_message_has_a_key_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < MESSAGES; i++) {
		const char *key = message_key((enum message)i, &arena);
		assert_int_equal(message_keyed(key), i);
		assert_null(strpbrk(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ "));
		assert_string_not_equal(message_english.texts[i], "");
	}
	assert_int_equal(message_keyed("TOO_LONG"), MESSAGE_TOO_LONG);
	assert_int_equal(message_keyed("too_lon"), MESSAGES);
	assert_int_equal(message_keyed(""), MESSAGES);
}

static void a_text_that_is_lacking_is_english(void **state)
{
	const struct catalogue catalogue = {.tag = "xx", .texts = {[MESSAGE_BUTTON] = "Ab"}};
	(void)state;
	assert_string_equal(message_text(&catalogue, MESSAGE_BUTTON), "Ab");
	assert_string_equal(message_text(&catalogue, MESSAGE_BACK), message_english.texts[MESSAGE_BACK]);
	assert_string_equal(message_text(NULL, MESSAGE_BUTTON), "Send");
}

static void holes_are_filled_once_and_all_else_stays(void **state)
{
	static const struct { const char *text, *filled; } cases[] = {
		{"{n} of {max}", "1{max}{n} of 2"}, {"{n}{n}", "1{max}{n}1{max}{n}"}, {"none", "none"}, {"", ""}, {"{", "{"}, {"}", "}"},
		{"{}", "{}"}, {"{n", "{n"}, {"{{n}}", "{1{max}{n}}"}, {"{N}", "{N}"}, {"{ n}", "{ n}"}, {"{other}", "{other}"},
		{"{nn}", "{nn}"}, {"a{", "a{"},
		{"%s{n}%n", "%s1{max}{n}%n"}, {"\xc3\xa4{max}\xc3\xa4", "\xc3\xa4""2\xc3\xa4"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct catalogue catalogue = {.texts = {[MESSAGE_TOO_LONG] = cases[i].text}};
		assert_string_equal(message_fill(&catalogue, MESSAGE_TOO_LONG, &arena, "n", "1{max}{n}", "max", "2", NULL), cases[i].filled);
	}
}

static void a_hole_that_english_has_not_is_strange(void **state)
{
	(void)state;
	for (size_t i = 0; i < MESSAGES; i++)
		assert_null(message_strange_hole((enum message)i, message_english.texts[i], &arena));
	assert_null(message_strange_hole(MESSAGE_TOO_LONG, "{max} {n} {max}", &arena));
	assert_null(message_strange_hole(MESSAGE_TOO_LONG, "none", &arena));
	assert_string_equal(message_strange_hole(MESSAGE_TOO_LONG, "{n} {date}", &arena), "{date}");
	assert_string_equal(message_strange_hole(MESSAGE_TOO_LONG, "{n} {nn}", &arena), "{nn}");
	assert_string_equal(message_strange_hole(MESSAGE_BUTTON, "{n}", &arena), "{n}");
	assert_string_equal(message_strange_hole(MESSAGE_TOO_LONG, "{N}", &arena), "{}");
	assert_string_equal(message_strange_hole(MESSAGE_TOO_LONG, "a {", &arena), "{}");
}

static void a_date_is_written_as_people_write_it(void **state)
{
	const struct catalogue german = {.texts = {[MESSAGE_DATE] = "{day}. {month} {year}", [MESSAGE_MARCH] = "M\xc3\xa4rz"}};
	(void)state;
	assert_string_equal(message_date(&message_english, 0, &arena), "1 January 1970, 00:00 UTC");
	assert_string_equal(message_date(&message_english, 1795435200, &arena), "23 November 2026, 12:00 UTC");
	assert_string_equal(message_date(&message_english, 1798761599, &arena), "31 December 2026, 23:59 UTC");
	assert_string_equal(message_date(&german, 1709164800 + 10 * 24 * 60 * 60, &arena), "10. M\xc3\xa4rz 2024");
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_message_has_a_key_of_its_own),
		TEST(a_text_that_is_lacking_is_english),
		TEST(holes_are_filled_once_and_all_else_stays),
		TEST(a_hole_that_english_has_not_is_strange),
		TEST(a_date_is_written_as_people_write_it),
	};
	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
