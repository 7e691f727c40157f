/* Structured fields: a field that is a String item. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/span.h"
#include "http/structured.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void a_string_is_given_without_quotes_and_escapes(void **state)
{
	static const struct { const char *field, *string; } rows[] = {
		{"\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", "8e03978e-40d5-43e8-bc93-6894a57f9324"},
		{"\"\"", ""}, {"\"a\"", "a"}, {" \"a\"", "a"}, {"\"a\"  ", "a"}, {"   \"a b\" ", "a b"}, {"\" a \"", " a "},
		{"\"\\\"\"", "\""}, {"\"\\\\\"", "\\"}, {"\"a\\\"b\\\\c\"", "a\"b\\c"}, {"\"\\\\\\\"\"", "\\\""},
		{"\"a,b;c=d\"", "a,b;c=d"}, {"\" !#$%&'()*+,-./:;<=>?@[]^_`{|}~\"", " !#$%&'()*+,-./:;<=>?@[]^_`{|}~"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span string;
		if (!structured_string_read(rows[i].field, &arena, &string))
			fail_msg("%s is refused", rows[i].field);
		assert_string_equal(string.bytes, rows[i].string);
		assert_int_equal(string.length, strlen(rows[i].string));
	}
}

static void parameters_of_every_type_are_ignored(void **state)
{
	static const char *const rows[] = {";a", "; a", ";  a ", ";a;b", "; a; b", ";*", ";a-b_c.d*9", ";*a=1", ";a=0", ";a=-1",
		";a=007", ";a=999999999999999", ";a=-999999999999999", ";a=1.5", ";a=-0.125", ";a=123456789012.123", ";a=?0",
		";a=?1", ";a=tok", ";a=*", ";a=T/o:k!#$%&'*+-.^_`|~9", ";a=\"x\"", ";a=\"\"", ";a=\"; \\\" \\\\\"", ";a=::",
		";a=:YWJj:", ";a=:YWI=:", ";a=:YQ==:", ";a=:YQ:", ";a=:+/+/:", ";a=@0", ";a=@-1", ";a=@1659578233", ";a=%\"\"",
		";a=%\"f%c3%bc \\ 50\"", ";a=%\"%22\"", ";a=%\"%00\"", ";a=1;a=2", ";a=1;b;c=?1 "};
	char field[64] = "\"k\"";
	struct span string;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		strcpy(field + 3, rows[i]);
		if (!structured_string_read(field, &arena, &string))
			fail_msg("%s is refused", field);
		assert_true(span_is(string, "k"));
	}
}

static void a_wrong_parameter_spoils_the_field(void **state)
{
	static const char *const rows[] = {";", "; ", ";;", ";a;", ";A", ";1", ";_a", ";-a", ";=1", ";\"a\"", ";a=", ";a= 1",
		";a =1", " ;a", ";\ta", ";a b", ";a,b", ";a=1x", ";a=1000000000000000", ";a=-", ";a=--1", ";a=+1", ";a=1.", ";a=.5",
		";a=1.2345", ";a=1.2.3", ";a=1234567890123.1", ";a=?", ";a=?2", ";a=?true", ";a=?10", ";a=!x", ";a=t(", ";a=t\x7f",
		";a=\"x", ";a=x\"", ";a=\"\\x\"", ";a=\"\t\"", ";a=\"\xc3\xbc\"", ";a=:", ";a=:YQ==", ";a=:Y:", ";a=:YWJjZ:",
		";a=:Y===:", ";a=:YWJj=:", ";a=:YWJj====:", ";a=:YQ=:", ";a=:Y=Q=:", ";a=:====:", ";a=:Y Q=:", ";a=:Y-_=:", ";a=@",
		";a=@x", ";a=@1.5", ";a=@-", ";a=%", ";a=%x", ";a=%\"", ";a=%\"x", ";a=%\"%\"", ";a=%\"%c\"", ";a=%\"%C3%BC\"",
		";a=%\"%c3\"", ";a=%\"%g0\"", ";a=%\"\xc3\xbc\"", ";a=%\"\x1f\"", ";a=(1)", ";a=(1 2)", ";a={}", ";a=;b",
		";a=\xc3\xbc", ";\xc3\xbc"};
	char field[64] = "\"k\"";
	struct span string;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		strcpy(field + 3, rows[i]);
		if (structured_string_read(field, &arena, &string))
			fail_msg("%s is taken", field);
	}
}

static void what_is_no_string_is_refused(void **state)
{
	static const char *const rows[] = {"", " ", "a", "8e03978e-40d5-43e8-bc93-6894a57f9324", "1", "?1", ":YQ==:", "@1",
		"%\"a\"", "(\"a\")", "'a'", "\"", "\"a", "a\"", "\"a\\\"", "\"a\\", "\"\\", "\"\\a\"", "\"\\n\"", "\"\\ \"",
		"\"a\" b", "\"a\"b", "\"a\"\"b\"", "\"a\" \"b\"", "\"a\", \"b\"", "\"a\",", "\t\"a\"", "\"a\"\t", "\"a\"\n",
		"\"\t\"", "\"a\nb\"", "\"a\r\nX: y\"", "\"\x01\"", "\"\x1f\"", "\"\x7f\"", "\"f\xc3\xbcr\"", "\"\xff\"", "\"\x80\"",
		"\"\\\x7f\"", ("\xe2\x80\x9c" "a\xe2\x80\x9d"), "W/\"a\""};
	struct span string;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (structured_string_read(rows[i], &arena, &string))
			fail_msg("%s is taken", rows[i]);
	assert_false(structured_string_read(NULL, &arena, &string));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_string_is_given_without_quotes_and_escapes, forget),
		cmocka_unit_test_teardown(parameters_of_every_type_are_ignored, forget),
		cmocka_unit_test_teardown(a_wrong_parameter_spoils_the_field, forget),
		cmocka_unit_test_teardown(what_is_no_string_is_refused, forget),
	};
	return cmocka_run_group_tests_name("structured", tests, NULL, NULL);
}
