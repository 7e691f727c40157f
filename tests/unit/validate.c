/* What may be posted for a field; the values are the HTML standard's where it has any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/diag.h"
#include "base/span.h"
#include "base/text.h"
#include "body/validate.h"

#define L63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"
#define FACE "\xf0\x9f\x98\x80"

static struct arena arena;
static size_t said;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void count_messages(void *context, const char *line, size_t n)
{
	(void)context, (void)line, (void)n;
	said++;
}

static struct field defined(const char *definition)
{
	struct field field = {.key = "f", .name = "f"};
	const char *wrong = field_read(&field, definition, &(struct setting_source){&arena, "config.ini"});
	if (!wrong)
		wrong = field_check(&field, &arena);
	if (wrong)
		fail_msg("\"%s\": %s", definition, wrong);
	return field;
}

/* Judges what was posted for a field, among other things: a list that NULL ends. */
static const char *validated(const struct field *field, const char *const *values)
{
	struct submission submission = {.arena = &arena};
	submission_add(&submission, span_of("other"), span_of("\x01"));
	for (; *values; values++)
		submission_add(&submission, span_of(field->name), span_of(*values));
	return validate_field(field, &submission, NULL);
}

static void check(const char *definition, bool good, const char *const *values, size_t n)
{
	struct field field = defined(definition);
	size_t failed = 0;
	for (size_t i = 0; i < n; i++) {
		const char *wrong = validated(&field, (const char *const[]){values[i], NULL});
		if (good ? wrong == NULL : wrong && *wrong)
			continue;
		print_error("%s: \"%s\": %s\n", definition, values[i], wrong ? wrong : "is taken");
		failed++;
	}
	assert_int_equal(failed, 0);
}

#define TAKES(definition, ...) CHECK(definition, true, __VA_ARGS__)
#define REFUSES(definition, ...) CHECK(definition, false, __VA_ARGS__)
#define CHECK(definition, good, ...) \
	check(definition, good, (const char *const[]){__VA_ARGS__}, \
		sizeof (const char *const[]){__VA_ARGS__} / sizeof(const char *))

static void an_email_address_is_what_browsers_take_for_one(void **state)
{
	(void)state;
	TAKES("email", "a@b", "ada@example.org", "ADA@EXAMPLE.ORG", "ada+list@example.org", "ada.lovelace@a.b.c.example.org",
		".a@b.c", "a.@b.c", "a..b@c.d", "!#$%&'*+/=?^_`{|}~-@example.org", "1@2.3", "a@xn--bcher-kva.example",
		"a@b-c.d--e", "a@" L63 "." L63, "-@a", "_@a");
	REFUSES("email", "a", "@", "@b", "a@", "a@@b", "a@b@c", "a@b.", "a@.b", "a@b..c", "a@-b", "a@b-", "a@b.-c", "a@b-.c",
		"a@b_c", "a@" L63 "x", "a b@c", "a@b c", " a@b", "a@b ", "a@b\n", "a,b@c", "a;b@c", "a@b,c@d", "a(b)@c",
		"\"a b\"@c", "<a@b>", "Ada <a@b>", "a\\b@c", "a:b@c", "a[b]@c", "a@[127.0.0.1]", "a@b/c", "a@b:25", "\xc3\xa9@b",
		"a@b\xc3\xbc" "cher.example", "a@b\tc", "a@b\x7f", "mailto:a@b");
}

static void a_web_address_is_absolute(void **state)
{
	(void)state;
	TAKES("url", "https://example.org", "http://example.org/", "HTTPS://EXAMPLE.ORG/",
		"https://example.org:8080/a/b;c?d=e&f#g", "https://example.org?q", "https://example.org#f",
		"https://ada@example.org/", "http://127.0.0.1/", "http://[::1]:80/",
		"https://b\xc3\xbc" "cher.example/\xe2\x82\xac", "mailto:ada@example.org", "tel:+441234567890",
		"urn:isbn:0451450523", "ftp://example.org/a", "data:,a", "file:///etc/motd", "git+ssh://example.org/a", "a:b",
		"https://example.org/%20", "https://example.org//", "https://example.org/a b", "http:example.org",
		"HTTPS:example.org");
	REFUSES("url", "example.org", "www.example.org/a", "//example.org/", "/a", "a", "?q", "#f", "://example.org", ":a",
		"1a://b", "+a:b", "-a:b", "a_b:c", "\xc3\xa9:b", "http:", "http:/", "http://", "https:///", "https://?q",
		"https://#f", "HTTP://", "https://exam ple.org",
		" https://example.org", "https://example.org ", "https://example.org\n",
		"java\tscript:a");
}

static void a_web_address_without_a_host_is_refused(void **state)
{
	(void)state;
	REFUSES("url", "https://:443/", "http://@/", "http://ada@/", "http://ada:pw@:80/");
}

/* HTML, "valid floating-point number". */
static void a_number_is_what_html_takes_for_one(void **state)
{
	(void)state;
	TAKES("number", "0", "-0", "7", "-7", "007", "3.14", "-3.14", ".5", "-.5", "0.0", "1e3", "1E3", "1e+3", "1e-3", "-1.5e-3",
		".5e2", "1e308", "1e-400", "123456789012345678901234567890");
	REFUSES("number", "+7", "7.", ".", "-", "-.", "e3", ".e3", "1e", "1e+", "1e3.5", "1e3e3", "--7", "- 7", "7-", "1.2.3",
		"1,5", "1 000", "1_000", " 7", "7 ", "7\n", "0x10", "1f", "1d", "inf", "-inf", "Infinity", "nan", "NaN", "ten",
		"\xd9\xa7", "\xe2\x88\x92" "7", "1e309", "-1e309", "0b1", "1'000");
}

/* HTML, "valid date string". */
static void a_date_is_in_the_calendar(void **state)
{
	(void)state;
	TAKES("date", "0001-01-01", "1582-10-10", "1970-01-01", "2000-02-29", "2024-02-29", "2026-12-31", "9999-12-31");
	REFUSES("date", "0000-01-01", "1900-02-29", "2023-02-29", "2026-02-30", "2026-04-31", "2026-00-01", "2026-13-01",
		"2026-01-00", "2026-01-32", "2026-1-1", "26-01-01", "026-01-01", "2026/01/01", "20260101", "01.02.2026",
		"2026-01-01T00:00", "2026-01", "2026-W01", "+2026-01-01", "-2026-01-01", " 2026-01-01", "2026-01-01 ",
		"2026-01-01\n", "2026-01-0a", "today", "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-01-01");
}

static void only_a_textarea_and_a_hidden_field_hold_lines(void **state)
{
	(void)state;
	TAKES("text", "a", "a\tb", "  a  ", "<b>'\"&", "\xc3\xa9\xe2\x82\xac" FACE, "\xc2\x85");
	TAKES("tel", "+44 1234 567890", "(0)30/123-45", "ask Ada", "112");
	TAKES("textarea", "a\r\nb", "a\nb", "a\rb", "\tcode();\r\n\r\n", FACE);
	TAKES("hidden", "a\r\nb", "a");
	REFUSES("text", "a\nb", "a\r\nb", "a\r", "\na", "a\x01", "a\x1b[31m", "a\x7f", "a\b", "a\vb", "a\fb");
	REFUSES("tel", "112\r\nBcc: a@b", "1\x02");
	REFUSES("textarea", "a\x01" "b", "a\x1b", "\x7f", "a\bb");
	REFUSES("hidden", "\x01");
}

static void a_choice_is_one_of_those_offered(void **state)
{
	(void)state;
	TAKES("choice options=red,green,dark-blue", "red", "green", "dark-blue");
	REFUSES("choice options=red,green,dark-blue", "Red", "blue", "red,green", " red", "red ", "re", "redd", "red\r\n", "\x01");
	TAKES("checkbox options=a,b", "a", "b");
	REFUSES("checkbox options=a,b", "c", "on", "a,b");
	TAKES("checkbox", "on", "yes", "anything");
}

struct posted {
	const char *definition;
	const char *values[4];
	bool good;
};

static void check_posted(const struct posted *rows, size_t n)
{
	size_t failed = 0;
	for (size_t i = 0; i < n; i++) {
		struct field field = defined(rows[i].definition);
		const char *wrong = validated(&field, rows[i].values);
		if ((wrong == NULL) == rows[i].good)
			continue;
		print_error("%s, \"%s\", …: %s\n", rows[i].definition, rows[i].values[0] ? rows[i].values[0] : "nothing",
			wrong ? wrong : "is taken");
		failed++;
	}
	assert_int_equal(failed, 0);
}

static void what_is_required_must_be_there_and_not_blank(void **state)
{
	static const char *const types[] = {"text", "email", "url", "tel", "number", "date", "choice options=a", "checkbox",
		"checkbox options=a", "textarea", "hidden"};
	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct posted rows[] = {
			{types[i], {NULL}, true}, {types[i], {""}, true}, {types[i], {" \t"}, true},
			{text_printed(&arena, "%s required", types[i]), {NULL}, false},
			{text_printed(&arena, "%s required", types[i]), {""}, false},
			{text_printed(&arena, "%s required", types[i]), {" \t", "  "}, false},
		};
		check_posted(rows, sizeof rows / sizeof *rows);
	}
}

static void one_answer_is_one_value(void **state)
{
	static const struct posted rows[] = {
		{"text", {"a", "b"}, false}, {"text", {"a", "a"}, false}, {"text", {"a", ""}, true}, {"text", {"", "a"}, true},
		{"choice options=a,b", {"a", "b"}, false}, {"checkbox", {"on", "on"}, false}, {"email", {"a@b", "c@d"}, false},
		{"choice multiple options=a,b", {"a", "b"}, true}, {"checkbox options=a,b", {"b", "a"}, true},
		{"choice multiple options=a,b", {"a", "c"}, false},
		{"choice multiple options=a,b", {"c", "a"}, false}, {"text", {"a\x01", "b"}, false},
	};
	(void)state;
	check_posted(rows, sizeof rows / sizeof *rows);
}

static void a_bound_is_the_last_that_is_taken(void **state)
{
	static const struct posted rows[] = {
		{"text min=2 max=3", {"a"}, false}, {"text min=2 max=3", {"ab"}, true}, {"text min=2 max=3", {"abc"}, true},
		{"text min=2 max=3", {"abcd"}, false},
		{"text min=2", {""}, true}, {"text max=3", {"\xc3\xa9\xe2\x82\xac" FACE}, true},
		{"text max=3", {FACE FACE FACE FACE}, false},
		{"textarea max=3", {"a\r\nb"}, true}, {"textarea max=3", {"a\r\nbc"}, false}, {"hidden max=1", {"ab"}, false},
		{"tel max=3", {"1234"}, false},
		{"email max=4", {"a@b.c"}, false}, {"url max=6", {"a:bcdef"}, false}, {"url min=8", {"a:bcdef"}, false},
		{"number min=-1.5 max=8", {"-1.5"}, true}, {"number min=-1.5 max=8", {"-1.6"}, false},
		{"number min=-1.5 max=8", {"8.0"}, true},
		{"number min=-1.5 max=8", {"8.01"}, false}, {"number min=1e2", {"99.9"}, false}, {"number min=1e2", {"100"}, true},
		{"date min=2026-02-28 max=2026-03-01", {"2026-02-27"}, false},
		{"date min=2026-02-28 max=2026-03-01", {"2026-02-28"}, true},
		{"date min=2026-02-28 max=2026-03-01", {"2026-03-01"}, true},
		{"date min=2026-02-28 max=2026-03-01", {"2026-03-02"}, false},
		{"choice multiple options=a,b,c min=2 max=2", {"a"}, false},
		{"choice multiple options=a,b,c min=2 max=2", {"a", "c"}, true},
		{"choice multiple options=a,b,c min=2 max=2", {"a", "b", "c"}, false},
		{"checkbox options=a,b,c max=1", {"a", "b"}, false},
		{"checkbox options=a,b,c min=2", {"a"}, false}, {"checkbox options=a,b,c min=2", {NULL}, true},
		{"checkbox required options=a,b,c min=2", {NULL}, false},
	};
	(void)state;
	check_posted(rows, sizeof rows / sizeof *rows);
}

/* HTML, minlength and maxlength: the length of the API value, which is in UTF-16 code units. */
static void a_text_that_is_long_enough_for_the_browser_is_long_enough(void **state)
{
	static const struct posted rows[] = {
		{"text min=4", {FACE FACE}, true}, {"text max=4", {FACE FACE}, true}, {"text min=4", {"abc"}, false},
		{"textarea min=4", {"a\r\n" FACE}, true},
	};
	(void)state;
	check_posted(rows, sizeof rows / sizeof *rows);
}

static void a_pattern_is_matched_by_the_whole_value(void **state)
{
	static const struct { const char *pattern, *value; bool good; } rows[] = {
		{"[a-z]+", "abc", true}, {"[a-z]+", "abc1", false}, {"[a-z]+", "1abc", false}, {"a|ab", "ab", true},
		{"a|ab", "b", false}, {"b|a", "ab", false},
		{"^a$", "a", true}, {"a$", "a\n", false}, {"\\d{3}", "123", true}, {"\\d{3}", "1234", false},
		{".", "\xe2\x82\xac", true}, {"\\p{L}+", "\xc3\xa9t\xc3\xa9", true},
		{"", "a", false}, {"(a", "a", false},
		{"(a+)+[0-9]", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false},
	};
	(void)state;
	said = 0;
	diag_to(count_messages, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct field field = defined("textarea");
		field.pattern = rows[i].pattern;
		if ((validated(&field, (const char *const[]){rows[i].value, NULL}) == NULL) != rows[i].good)
			fail_msg("/%s/ and \"%s\"", rows[i].pattern, rows[i].value);
		assert_null(validated(&field, (const char *const[]){"", NULL}));
	}
	diag_to(NULL, NULL);
	assert_int_equal(said, 2); /* of the pattern that is none, and of the one that would take for ever */
}

static void nothing_is_wrong_with_what_is_in_a_trap(void **state)
{
	struct field field = defined("trap");
	(void)state;
	assert_null(validated(&field, (const char *const[]){"\x01", "\r\n", NULL}));
	assert_null(validated(&field, (const char *const[]){NULL}));
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_email_address_is_what_browsers_take_for_one),
		TEST(a_web_address_is_absolute),
		TEST(a_web_address_without_a_host_is_refused),
		TEST(a_number_is_what_html_takes_for_one),
		TEST(a_date_is_in_the_calendar),
		TEST(only_a_textarea_and_a_hidden_field_hold_lines),
		TEST(a_choice_is_one_of_those_offered),
		TEST(what_is_required_must_be_there_and_not_blank),
		TEST(one_answer_is_one_value),
		TEST(a_bound_is_the_last_that_is_taken),
		TEST(a_text_that_is_long_enough_for_the_browser_is_long_enough),
		TEST(a_pattern_is_matched_by_the_whole_value),
		TEST(nothing_is_wrong_with_what_is_in_a_trap),
	};
	return cmocka_run_group_tests_name("validate", tests, NULL, NULL);
}
