/* Bytes, numbers and UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/ascii.h"
#include "base/number.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void text_grows_and_always_ends_in_a_nul(void **state)
{
	struct text text = {.arena = &arena};
	(void)state;
	assert_string_equal(text_string(&text), "");
	for (size_t i = 0; i < 100000; i++) {
		text_add(&text, &"0123456789"[i % 10], 1);
		assert_int_equal(text.bytes[text.length], '\0');
		if (i % 1000 == 0)
			arena_take(&arena, 10); /* so that it can't always grow in place */
	}
	assert_int_equal(text.length, 100000);
	for (size_t i = 0; i < text.length; i++)
		assert_int_equal(text.bytes[i], '0' + (char)(i % 10));
	text_add(&text, "a\0b", 3);
	assert_int_equal(text.length, 100003);
	assert_memory_equal(text.bytes + 100000, "a\0b", 4);
}

static void what_is_formatted_may_be_of_any_length(void **state)
{
	struct text text = {.arena = &arena};
	(void)state;
	text_put(&text, "<");
	text_format(&text, "%5000d|%s", 7, "end");
	assert_int_equal(text.length, 1 + 5000 + 4);
	assert_string_equal(text_string(&text) + 5000, "7|end");
	assert_string_equal(text_printed(&arena, "%s-%d", "a", 12), "a-12");
	assert_string_equal(text_printed(&arena, "%s/%s.", "", "b"), "/b.");
	assert_string_equal(text_printed(&arena, "100%%%s", "c"), "100%c");
	assert_string_equal(text_printed(&arena, "%s", ""), "");
}

static void a_number_is_written_in_digits(void **state)
{
	struct text text = {.arena = &arena};
	(void)state;
	for (uint64_t n = 0; n < 2; n++)
		text_number(&text, n ? UINT64_MAX : 0);
	text_number(&text, 1090);
	assert_string_equal(text_string(&text), "0184467440737095516151090");
}

static void a_format_is_written_as_printf_does(void **state)
{
	const char *volatile nothing = NULL;
	(void)state;
	assert_string_equal(text_printed(&arena, "plain"), "plain");
	assert_string_equal(text_printed(&arena, "%s%s", "", "b"), "b");
	assert_string_equal(text_printed(&arena, "<%s|%s>%%", "a", "b"), "<a|b>%");
	assert_string_equal(text_printed(&arena, "%s %.2s %5s|%c%%%s", "%s", "abc", "x", 'c', "end"), "%s ab     x|c%end");
	assert_string_equal(text_printed(&arena, "<%s>", nothing), "<(null)>");
}

static void a_span_is_trimmed_at_both_ends_only(void **state)
{
	static const struct { const char *span, *trimmed; } rows[] = {
		{"", ""}, {" ", ""}, {" \t\r\n", ""}, {"a", "a"}, {" a b\t", "a b"}, {"\r\na\r\n", "a"}, {"\va\f", "\va\f"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_true(span_is(span_trim(span_of(rows[i].span)), rows[i].trimmed));
	assert_false(span_is(span_of("ab"), "a"));
	assert_false(span_is(span_of("a"), "ab"));
	assert_false(span_is((struct span){"a\0b", 3}, "a"));
}

static void a_number_is_digits_and_no_more_than_its_bound(void **state)
{
	static const struct { const char *digits; uint64_t max; bool good; uint64_t number; } rows[] = {
		{"0", 0, true, 0}, {"00", 0, true, 0}, {"1", 0, false, 0},
		{"9", 9, true, 9}, {"10", 9, false, 0}, {"5", 4, false, 0}, {"05", 5, true, 5},
		{"65535", 65535, true, 65535}, {"65536", 65535, false, 0}, {"655350", 65535, false, 0},
		{"9223372036854775807", INT64_MAX, true, INT64_MAX}, {"9223372036854775808", INT64_MAX, false, 0},
		{"18446744073709551615", UINT64_MAX, true, UINT64_MAX}, {"18446744073709551616", UINT64_MAX, false, 0},
		{"18446744073709551620", UINT64_MAX, false, 0}, {"184467440737095516150", UINT64_MAX, false, 0},
		{"99999999999999999999999999999999", UINT64_MAX, false, 0},
		{"000000000000000000000000000000007", UINT64_MAX, true, 7},
		{"", 9, false, 0}, {"-1", 9, false, 0}, {"+1", 9, false, 0}, {" 1", 9, false, 0}, {"1 ", 9, false, 0},
		{"1\n", 9, false, 0}, {"0x1", 99, false, 0}, {"1e1", 99, false, 0}, {"1.0", 99, false, 0},
		{"\xd9\xa1", 9, false, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t number = 12345;
		if (number_read(rows[i].digits, rows[i].max, &number) != rows[i].good)
			fail_msg("\"%s\" is %s", rows[i].digits, rows[i].good ? "refused" : "taken");
		assert_int_equal(number, rows[i].good ? rows[i].number : 12345);
	}
}

static const char *repaired(const char *bytes, size_t n, size_t *length)
{
	struct text text = {.arena = &arena};
	utf8_repair(&text, bytes, n);
	*length = text.length;
	return text_string(&text);
}

#define BAD "\xef\xbf\xbd"

/* The first four are tables 3-8 to 3-11 of the Unicode standard. */
static void each_maximal_ill_formed_part_becomes_one_replacement_character(void **state)
{
	static const struct { const char *bytes, *repaired; } rows[] = {
		{"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82" "A", BAD BAD BAD BAD BAD BAD BAD BAD "A"},
		{"\xed\xa0\x80\xed\xbf\xbf\xed\xaf" "A", BAD BAD BAD BAD BAD BAD BAD BAD "A"},
		{"\xf4\x91\x92\x93\xff" "A" "\x80\xbf" "B", BAD BAD BAD BAD BAD "A" BAD BAD "B"},
		{"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A", BAD BAD BAD BAD "A"},
		{"a\xf1\x80\x80\xe1\x80\xc2" "b\x80" "c\x80\xbf" "d", "a" BAD BAD BAD "b" BAD "c" BAD BAD "d"},
		{"", ""}, {"plain", "plain"}, {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\xef\xbb\xbf" "a", "\xef\xbb\xbf" "a"}, {"\xef\xbf\xbf", "\xef\xbf\xbf"},
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
		{"\xc2", BAD}, {"\xf0\x9f\x98", BAD}, {"\xf0\x9f\x98\xf0\x9f\x98", BAD BAD}, {"\xfe\xff", BAD BAD},
	};
	size_t length;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_string_equal(repaired(rows[i].bytes, strlen(rows[i].bytes), &length), rows[i].repaired);
		assert_int_equal(length, strlen(rows[i].repaired));
	}
	assert_memory_equal(repaired("a\0\xff", 3, &length), "a\0" BAD, 6);
	assert_int_equal(length, 5);
}

static void add_point(char *out, size_t *n, uint32_t point)
{
	size_t more = point > 0xffff ? 3 : point > 0x7ff ? 2 : point > 0x7f;
	static const uint32_t marks[] = {0, 0xc0, 0xe0, 0xf0};
	out[(*n)++] = (char)(point >> (6 * more) | marks[more]);
	while (more-- > 0)
		out[(*n)++] = (char)((point >> (6 * more) & 0x3f) | 0x80);
}

/* The decoder as the Encoding standard words it (WHATWG, §8.1.1), a byte at a time; gives how many bytes it wrote. */
static size_t decode_by_the_standard(const unsigned char *bytes, size_t n, char *out)
{
	uint32_t point = 0, needed = 0, seen = 0, lower = 0x80, upper = 0xbf;
	size_t length = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = bytes[i];
		if (needed == 0) {
			if (c <= 0x7f) {
				add_point(out, &length, c);
			} else if (c >= 0xc2 && c <= 0xf4) {
				needed = c <= 0xdf ? 1 : c <= 0xef ? 2 : 3;
				lower = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : lower;
				upper = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : upper;
				point = c & (needed == 1 ? 0x1fu : needed == 2 ? 0xfu : 0x7u);
			} else {
				add_point(out, &length, 0xfffd);
			}
			continue;
		}
		bool fits = c >= lower && c <= upper;
		lower = 0x80, upper = 0xbf;
		if (!fits) {
			point = needed = seen = 0;
			i--; /* "restore byte to ioQueue" */
			add_point(out, &length, 0xfffd);
			continue;
		}
		point = point << 6 | (c & 0x3f);
		if (++seen == needed) {
			add_point(out, &length, point);
			point = needed = seen = 0;
		}
	}
	if (needed)
		add_point(out, &length, 0xfffd);
	return length;
}

static void repair_is_what_the_encoding_standard_does_at_every_boundary(void **state)
{
	static const unsigned char edges[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
		0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
	enum { EDGES = sizeof edges, LENGTH = 4 };
	size_t tried = 0, whole = 0;
	(void)state;
	for (size_t all = 0; all < (size_t)EDGES * EDGES * EDGES * EDGES; all++, tried++) {
		unsigned char bytes[LENGTH];
		char expected[3 * LENGTH], first[3 * LENGTH];
		size_t left = all, n;
		for (size_t i = 0; i < LENGTH; i++, left /= EDGES)
			bytes[i] = edges[left % EDGES];
		size_t length = decode_by_the_standard(bytes, LENGTH, expected);
		const char *got = repaired((const char *)bytes, LENGTH, &n);
		if (n != length || memcmp(got, expected, n) != 0)
			fail_msg("%02x %02x %02x %02x is mended in another way", bytes[0], bytes[1], bytes[2], bytes[3]);
		size_t sequence = utf8_sequence((const char *)bytes, LENGTH);
		if (sequence) {
			whole++;
			assert_int_equal(decode_by_the_standard(bytes, sequence, first), sequence);
			assert_memory_equal(first, bytes, sequence);
		} else {
			assert_memory_equal(expected, BAD, 3);
		}
		arena_reset(&arena);
	}
	assert_int_equal(tried, 390625);
	assert_true(whole > 50000);
}

static void a_sequence_that_is_cut_off_is_none(void **state)
{
	static const char face[] = "\xf0\x9f\x98\x80";
	(void)state;
	for (size_t n = 0; n < 4; n++)
		assert_int_equal(utf8_sequence(face, n), 0);
	assert_int_equal(utf8_sequence(face, 4), 4);
	assert_int_equal(utf8_sequence("a", 0), 0);
	assert_int_equal(utf8_sequence("\0", 1), 1);
}

static void characters_are_counted_not_bytes_and_a_line_end_once(void **state)
{
	static const struct { const char *text; size_t n; } rows[] = {
		{"", 0}, {"abc", 3}, {"\xc3\xa9", 1}, {"\xe2\x82\xac\xf0\x9f\x98\x80", 2}, {"a\r\nb", 3}, {"\r\n\r\n", 2},
		{"\n\n", 2}, {"\r\r", 2}, {"\n\r", 2}, {"\r\r\n", 2}, {"e\xcc\x81", 2},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(utf8_characters(span_of(rows[i].text)), rows[i].n);
}

static void spans_are_the_same_whatever_the_case_of_letters(void **state)
{
	(void)state;
	assert_true(span_same(span_of("Form-DATA"), span_of("form-data")));
	assert_true(span_same((struct span){0}, span_of("")));
	assert_false(span_same(span_of("form-data"), span_of("form-dat")));
	assert_false(span_same(span_of("["), span_of("{")));
	assert_true(span_is(span_before(span_of("text/html; q=1; r"), ';'), "text/html"));
	assert_true(span_is(span_before(span_of("text"), ';'), "text"));
	assert_int_equal(span_before((struct span){0}, ';').length, 0);
}

static void a_byte_is_a_hexadecimal_digit_or_none(void **state)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	(void)state;
	for (int c = 0; c < 256; c++) {
		const char *digit = c ? strchr(digits, c) : NULL;
		assert_int_equal(ascii_hex_value((char)c), digit ? (digit - digits) % 16 : -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(text_grows_and_always_ends_in_a_nul, forget),
		cmocka_unit_test_teardown(what_is_formatted_may_be_of_any_length, forget),
		cmocka_unit_test_teardown(a_number_is_written_in_digits, forget),
		cmocka_unit_test_teardown(a_format_is_written_as_printf_does, forget),
		cmocka_unit_test(a_span_is_trimmed_at_both_ends_only),
		cmocka_unit_test(spans_are_the_same_whatever_the_case_of_letters),
		cmocka_unit_test(a_byte_is_a_hexadecimal_digit_or_none),
		cmocka_unit_test(a_number_is_digits_and_no_more_than_its_bound),
		cmocka_unit_test_teardown(each_maximal_ill_formed_part_becomes_one_replacement_character, forget),
		cmocka_unit_test_teardown(repair_is_what_the_encoding_standard_does_at_every_boundary, forget),
		cmocka_unit_test(a_sequence_that_is_cut_off_is_none),
		cmocka_unit_test(characters_are_counted_not_bytes_and_a_line_end_once),
	};
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
