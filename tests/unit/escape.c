/* Bytes from outside on their way into HTML and URIs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/json.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"

#define BAD "\xef\xbf\xbd"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void what_would_be_markup_becomes_text(void **state)
{
	static const struct { const char *from, *to; } rows[] = {
		{"", ""}, {"plain", "plain"}, {"<script>", "&lt;script&gt;"}, {"&amp;", "&amp;amp;"},
		{"\"><img onerror='x'>", "&quot;&gt;&lt;img onerror=&#39;x&#39;&gt;"},
		{"a\tb\nc", "a\tb\nc"}, {"a\rb", "a\nb"}, {"a\r\nb\r", "a\nb\n"}, {"\x01\x08\x0b\x0c\x1b\x1f\x7f", BAD BAD BAD BAD BAD BAD BAD},
		{"\xc3\xa9 \xe2\x82\xac", "\xc3\xa9 \xe2\x82\xac"}, {"<<>>", "&lt;&lt;&gt;&gt;"}, {"a<", "a&lt;"}, {"<a", "&lt;a"},
		{"a\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "a" BAD BAD BAD "\xc2\xa0"}, {"\xc2", "\xc2"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text out = {.arena = &arena};
		escape_html(&out, span_of(rows[i].from));
		assert_string_equal(text_string(&out), rows[i].to);
		assert_int_equal(out.length, strlen(rows[i].to));
	}
	struct text out = {.arena = &arena};
	escape_html(&out, (struct span){"a\0<", 3});
	assert_string_equal(text_string(&out), "a" BAD "&lt;");
}

static void no_byte_leaves_an_attribute_or_a_text(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		struct text out = {.arena = &arena};
		escape_html(&out, (struct span){&byte, 1});
		assert_true(out.length > 0);
		assert_null(strpbrk(out.bytes, "<>\"'\r"));
		assert_true(*out.bytes != '&' || strchr(out.bytes, ';'));
		if (c >= ' ' && c != 0x7f && !strchr("<>\"'&", c))
			assert_memory_equal(out.bytes, &byte, 1);
	}
}

static void every_hole_in_markup_is_escaped_and_the_rest_is_not(void **state)
{
	struct text out = {.arena = &arena};
	(void)state;
	escape_markup(&out, "<a href=\"%s\">%s</a>", "/?a=1&b=\"", "<&>");
	escape_markup(&out, "%s%s", "", "'");
	escape_markup(&out, "<br>");
	assert_string_equal(text_string(&out), "<a href=\"/?a=1&amp;b=&quot;\">&lt;&amp;&gt;</a>&#39;<br>");
}

/* RFC 3986 §2.3 and §3.3, written out. */
static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
static const char more_in_paths[] = "/!$&'()*+,;=:@";

static void check_byte(int c, bool plain, const struct text *out)
{
	static const char digits[] = "0123456789ABCDEF";
	char encoded[] = {'%', digits[c >> 4], digits[c & 15], '\0'}, itself[] = {(char)c, '\0'};
	assert_string_equal(text_string(out), plain ? itself : encoded);
}

static void a_component_keeps_unreserved_characters_only(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		char string[] = {(char)c, '\0'};
		struct text out = {.arena = &arena};
		escape_component(&out, string);
		check_byte(c, strchr(unreserved, c) != NULL, &out);
	}
	struct text out = {.arena = &arena};
	escape_component(&out, "a b/c?d\r\n\xc3\xa9%41");
	assert_string_equal(text_string(&out), "a%20b%2Fc%3Fd%0D%0A%C3%A9%2541");
}

static void a_path_keeps_its_slashes_and_what_a_segment_may_hold(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		char string[] = {(char)c, '\0'};
		struct text out = {.arena = &arena};
		escape_path(&out, string);
		check_byte(c, strchr(unreserved, c) || strchr(more_in_paths, c), &out);
	}
	struct text out = {.arena = &arena};
	escape_path(&out, "/~ada/cgi bin/a?b#c;d=e");
	assert_string_equal(text_string(&out), "/~ada/cgi%20bin/a%3Fb%23c;d=e");
}

/* What jansson writes for a string is what it is held against, for each byte and each length of run around it. */
static void a_json_string_is_what_a_library_makes_of_it(void **state)
{
	(void)state;
	char bytes[12];
	for (int c = 0; c < 0x80; c++)
		for (size_t at = 0; at < sizeof bytes; at++) {
			memset(bytes, 'x', sizeof bytes);
			bytes[at] = (char)c;
			struct text out = {.arena = &arena};
			escape_json(&out, (struct span){bytes, sizeof bytes});
			json_t *value = json_stringn(bytes, sizeof bytes);
			struct text theirs = {.arena = &arena};
			json_write(&theirs, value, JSON_ENCODE_ANY);
			assert_string_equal(text_string(&out), text_string(&theirs));
			json_decref(value);
		}
	struct text out = {.arena = &arena};
	escape_json(&out, span_of("\xc3\xa9\"\\\xf0\x9f\x98\x80\xe2\x80\xa8</script>"));
	assert_string_equal(text_string(&out), "\"\xc3\xa9\\\"\\\\\xf0\x9f\x98\x80\xe2\x80\xa8</script>\"");
	struct text controls = {.arena = &arena};
	escape_json(&controls, span_of("\x7f\xc2\x80-\xc2\x9b\xc2\x9f\xc2\xa0\xc2"));
	assert_string_equal(text_string(&controls), "\"\\u007F\\u0080-\\u009B\\u009F\xc2\xa0\xc2\"");
	struct text empty = {.arena = &arena};
	escape_json(&empty, span_of(""));
	assert_string_equal(text_string(&empty), "\"\"");

}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_would_be_markup_becomes_text, forget),
		cmocka_unit_test_teardown(no_byte_leaves_an_attribute_or_a_text, forget),
		cmocka_unit_test_teardown(every_hole_in_markup_is_escaped_and_the_rest_is_not, forget),
		cmocka_unit_test_teardown(a_json_string_is_what_a_library_makes_of_it, forget),
		cmocka_unit_test_teardown(a_component_keeps_unreserved_characters_only, forget),
		cmocka_unit_test_teardown(a_path_keeps_its_slashes_and_what_a_segment_may_hold, forget),
	};
	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
