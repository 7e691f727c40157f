/* application/x-www-form-urlencoded: each body whole, byte by byte, and split in two at every point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "body/charset.h"
#include "body/urlencoded.h"

#define BAD "\xef\xbf\xbd"

enum { PAIRS = 6, WHOLE = 0 };

static const struct limits roomy = {.body = 1 << 20, .fields = 100, .name = 200, .value = 65536};

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* A body, and "name\1value" for each pair. */
struct row {
	const char *body;
	const char *pairs[PAIRS];
};

/* WHATWG URL, §5.1; where names repeat those of the web platform tests, their bodies. */
static const struct row rows[] = {
	{"", {NULL}}, {"&", {NULL}}, {"&&&&", {NULL}}, {"test", {"test\1"}}, {"a=b", {"a\1b"}}, {"a=", {"a\1"}}, {"=b", {"\1b"}},
	{"=", {"\1"}}, {"=&=", {"\1", "\1"}}, {"==", {"\1="}}, {"a==a", {"a\1=a"}}, {"a=b=c==", {"a\1b=c=="}}, {"a=&", {"a\1"}},
	{"&a", {"a\1"}}, {"a&", {"a\1"}}, {"a&a", {"a\1", "a\1"}}, {"a&b&c", {"a\1", "b\1", "c\1"}},
	{"a=b&c=d", {"a\1b", "c\1d"}}, {"&&&a=b&&&&c=d&", {"a\1b", "c\1d"}}, {"a=a&a=b&a=c", {"a\1a", "a\1b", "a\1c"}},
	{"a=b;c=d", {"a\1b;c=d"}}, {";", {";\1"}}, {"a;b&c=1", {"a;b\1", "c\1" "1"}}, {"a=a+b+c", {"a\1a b c"}},
	{"+=+", {" \1 "}}, {"a+b=%2B", {"a b\1+"}}, {"a=%20+%20", {"a\1   "}}, {"a=\n\r\t ", {"a\1\n\r\t "}},
	{"%61=%62", {"a\1b"}}, {"%61+%4d%4D=", {"a MM\1"}}, {"%3D=%26", {"=\1&"}}, {"a%3Db=c%26d", {"a=b\1c&d"}},
	{"%25=%2525", {"%\1%25"}}, {"%2B=%2b", {"+\1+"}}, {"%0d%0A=%0D%0a", {"\r\n\1\r\n"}}, {"%41%4a%4F%5a%7e", {"AJOZ~\1"}},
	{"%=a", {"%\1a"}}, {"%a=a", {"%a\1a"}}, {"%a_=a", {"%a_\1a"}}, {"%", {"%\1"}}, {"%4", {"%4\1"}}, {"a=%", {"a\1%"}},
	{"a=%4", {"a\1%4"}}, {"a=%&b=%4&c=%%", {"a\1%", "b\1%4", "c\1%%"}}, {"%=%", {"%\1%"}}, {"%4=%4", {"%4\1%4"}},
	{"b=%2sf%2a", {"b\1%2sf*"}}, {"b=%2%2af%2a", {"b\1%2*f*"}}, {"b=%%2a", {"b\1%*"}}, {"b=%%%2a", {"b\1%%*"}},
	{"b=%%41", {"b\1%A"}}, {"b=%4%41", {"b\1%4A"}}, {"b=%+1", {"b\1% 1"}}, {"b=%4+1", {"b\1%4 1"}},
	{"b=%G1%1G%gg", {"b\1%G1%1G%gg"}}, {"b=%u00e9", {"b\1%u00e9"}}, {"b=% 1%-1", {"b\1% 1%-1"}},
	{"%E2%82%AC=\xe2\x82\xac", {"\xe2\x82\xac\1\xe2\x82\xac"}}, {"a=%F0%9F%98%80", {"a\1\xf0\x9f\x98\x80"}},
	{"a=\xe2%82\xac", {"a\1\xe2\x82\xac"}}, {"%EF%BB%BFtest=\xef\xbb\xbf", {"\xef\xbb\xbftest\1\xef\xbb\xbf"}},
	{"%EF%BF%BF=%EF%BF%BF", {"\xef\xbf\xbf\1\xef\xbf\xbf"}}, {"%FE%FF", {BAD BAD "\1"}}, {"%C2", {BAD "\1"}},
	{"%C2x", {BAD "x\1"}}, {"a=\xff&\x80=b", {"a\1" BAD, BAD "\1b"}}, {"a=%E2%82&%AC=b", {"a\1" BAD, BAD "\1b"}},
	{"a=%ED%A0%80", {"a\1" BAD BAD BAD}}, {"a=%C0%80", {"a\1" BAD BAD}}, {"a=%F0%9F%98", {"a\1" BAD}},
	{"_charset_=windows-1252&test=%C2x", {"_charset_\1windows-1252", "test\1\xc3\x82x"}}, {"\x7f=\x02", {"\x7f\1\x02"}},
	{"a[]=1&a%5B%5D=2", {"a[]\1" "1", "a[]\1" "2"}}, {"?a=b#c", {"?a\1b#c"}}, {"a=1&", {"a\1" "1"}},
	{"<script>=\"'", {"<script>\1\"'"}},
};

/* Parses a body in pieces of that many bytes, the first of them first bytes long; 0: in one. */
static enum body_fault parse(struct submission *submission, const struct limits *limits, const char *body, size_t n, size_t first,
	size_t piece)
{
	struct urlencoded state;
	enum body_fault fault = BODY_FINE;
	*submission = (struct submission){.arena = &arena};
	urlencoded_begin(&state, submission, limits);
	for (size_t at = 0, take = first ? first : n; at < n && !fault; at += take, take = piece ? piece : n - at) {
		take = take < n - at ? take : n - at;
		/* A copy of just that size, so that a read past its end is seen by the tools that look for it. */
		fault = urlencoded_feed(&state, arena_copy(&arena, body + at, take), take);
	}
	fault = fault ? fault : urlencoded_end(&state);
	assert_true(charset_settle(submission, NULL, &(struct form){0}));
	return fault;
}

static void check_pairs(const struct row *row, const struct submission *submission, size_t first)
{
	size_t n = 0;
	for (; n < PAIRS && row->pairs[n]; n++) {
		const char *name = row->pairs[n], *value = strchr(name, 1) + 1;
		struct span expected = {name, (size_t)(value - 1 - name)};
		if (n >= submission->n || submission->pairs[n].name.length != expected.length ||
		    memcmp(submission->pairs[n].name.bytes, expected.bytes,
			expected.length) != 0 || !span_is(submission->pairs[n].value, value))
			fail_msg("\"%s\", first %zu bytes first: pair %zu is another", row->body, first, n);
		assert_int_equal(submission->pairs[n].name.bytes[expected.length], '\0');
		assert_int_equal(submission->pairs[n].value.bytes[strlen(value)], '\0');
	}
	if (submission->n != n)
		fail_msg("\"%s\", first %zu bytes first: %zu pairs, not %zu", row->body, first, submission->n, n);
}

static void a_body_gives_its_pairs_however_it_is_cut_up(void **state)
{
	struct submission submission;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t n = strlen(rows[i].body);
		for (size_t first = 0; first <= n; first++) {
			assert_int_equal(parse(&submission, &roomy, rows[i].body, n, first, WHOLE), BODY_FINE);
			check_pairs(&rows[i], &submission, first);
		}
		for (size_t piece = 1; piece <= 3; piece++) {
			assert_int_equal(parse(&submission, &roomy, rows[i].body, n, piece, piece), BODY_FINE);
			check_pairs(&rows[i], &submission, piece);
		}
		arena_reset(&arena);
	}
}

static void every_byte_is_decoded_from_digits_of_either_case(void **state)
{
	struct submission submission;
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		struct text expected = {.arena = &arena};
		utf8_repair(&expected, &(char){(char)c}, 1);
		for (int capital = 0; capital < 2; capital++) {
			const char *body = text_printed(&arena, capital ? "a=%%%02X" : "a=%%%02x", c);
			assert_int_equal(parse(&submission, &roomy, body, 5, WHOLE, WHOLE), BODY_FINE);
			assert_int_equal(submission.n, 1);
			assert_int_equal(submission.pairs[0].value.length, expected.length);
			assert_memory_equal(submission.pairs[0].value.bytes, expected.bytes, expected.length);
		}
	}
}

static void an_empty_piece_changes_nothing(void **state)
{
	struct submission submission = {.arena = &arena};
	struct urlencoded parsing;
	(void)state;
	urlencoded_begin(&parsing, &submission, &roomy);
	for (const char *c = "a=%41"; *c; c++) {
		assert_int_equal(urlencoded_feed(&parsing, c, 1), BODY_FINE);
		assert_int_equal(urlencoded_feed(&parsing, c, 0), BODY_FINE);
	}
	assert_int_equal(urlencoded_end(&parsing), BODY_FINE);
	check_pairs(&(struct row){"a=%41", {"a\1" "A"}}, &submission, 1);
}

/* Says what a body gives under small limits, and makes sure that it is the same at every split. */
static enum body_fault fault_of(const struct limits *limits, const char *body, size_t n)
{
	struct submission submission;
	enum body_fault whole = parse(&submission, limits, body, n, WHOLE, WHOLE);
	size_t kept = submission.n;
	for (size_t first = 1; first <= n; first++) {
		if (parse(&submission, limits, body, n, first, WHOLE) != whole || submission.n != kept)
			fail_msg("\"%s\": cut after %zu bytes it gives something else", body, first);
	}
	if (parse(&submission, limits, body, n, 1, 1) != whole || submission.n != kept)
		fail_msg("\"%s\": byte by byte it gives something else", body);
	arena_reset(&arena);
	return whole;
}

static void the_limits_are_the_largest_that_is_taken(void **state)
{
	static const struct limits small = {.body = 1 << 20, .fields = 3, .name = 4, .value = 5};
	static const struct { const char *body; enum body_fault fault; } cases[] = {
		{"name=value", BODY_FINE}, {"names=value", BODY_NAME_TOO_LONG}, {"names", BODY_NAME_TOO_LONG},
		{"name=values", BODY_VALUE_TOO_LONG}, {"a=b&name=values", BODY_VALUE_TOO_LONG},
		{"a=b&names=v", BODY_NAME_TOO_LONG}, {"%6e%61%6d%65=%76%61%6c%75%65", BODY_FINE},
		{"%6e%61%6d%65%73=", BODY_NAME_TOO_LONG}, {"a=%76%61%6c%75%65%73", BODY_VALUE_TOO_LONG},
		{"nam%=valu%", BODY_FINE}, {"na%6=va%6", BODY_FINE}, {"name%=", BODY_NAME_TOO_LONG},
		{"nam%6=", BODY_NAME_TOO_LONG}, {"a=value%", BODY_VALUE_TOO_LONG}, {"a=valu%6", BODY_VALUE_TOO_LONG},
		{"a=+++++", BODY_FINE}, {"a=++++++", BODY_VALUE_TOO_LONG}, {"a======", BODY_FINE},
		{"a=======", BODY_VALUE_TOO_LONG}, {"a=\xff\xff\xff\xff\xff", BODY_FINE}, {"a&b&c", BODY_FINE},
		{"a&b&c&", BODY_FINE}, {"&&&&&&a&&&b&&&c&&&", BODY_FINE}, {"a&b&c&d", BODY_TOO_MANY_FIELDS},
		{"a&b&c&d&e&f&g", BODY_TOO_MANY_FIELDS}, {"=&=&=&=", BODY_TOO_MANY_FIELDS},
		{"a=1&a=2&a=3&a=4", BODY_TOO_MANY_FIELDS},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum body_fault fault = fault_of(&small, cases[i].body, strlen(cases[i].body));
		if (fault != cases[i].fault)
			fail_msg("\"%s\": fault %d, not %d", cases[i].body, (int)fault, (int)cases[i].fault);
	}
}

static void a_name_that_holds_nul_is_refused(void **state)
{
	(void)state;
	assert_int_equal(fault_of(&roomy, "a%00b=c", 7), BODY_NUL_IN_NAME);
	assert_int_equal(fault_of(&roomy, "%00", 3), BODY_NUL_IN_NAME);
	assert_int_equal(fault_of(&roomy, "%00=", 4), BODY_NUL_IN_NAME);
	assert_int_equal(fault_of(&roomy, "a\0b=c", 5), BODY_NUL_IN_NAME);
	assert_int_equal(fault_of(&roomy, "x=y&a%00", 8), BODY_NUL_IN_NAME);
	assert_int_equal(fault_of(&roomy, "x=y&a%00&b=c", 12), BODY_NUL_IN_NAME);
}

static void a_value_may_hold_nul(void **state)
{
	struct submission submission;
	(void)state;
	assert_int_equal(fault_of(&roomy, "a=b%00c", 7), BODY_FINE);
	assert_int_equal(parse(&submission, &roomy, "a=b%00c\0&d", 10, 1, 1), BODY_FINE);
	assert_int_equal(submission.n, 2);
	assert_int_equal(submission.pairs[0].value.length, 4);
	assert_memory_equal(submission.pairs[0].value.bytes, "b\0c\0", 5);
}

/* An arena that has a block of 32 KiB begins another one when that is not enough; these limits ask for far less. */
static void no_body_takes_more_memory_than_its_limits(void **state)
{
	static const struct limits small = {.body = UINT64_MAX, .fields = 10, .name = 20, .value = 50};
	static const struct { const char *again; enum body_fault fault; } floods[] = {
		{"&", BODY_FINE}, {"&&&&&&&", BODY_FINE}, {"x", BODY_NAME_TOO_LONG}, {"=", BODY_VALUE_TOO_LONG},
		{"%", BODY_NAME_TOO_LONG}, {"%4", BODY_NAME_TOO_LONG}, {"%FF", BODY_NAME_TOO_LONG}, {"+", BODY_NAME_TOO_LONG},
		{"a&", BODY_TOO_MANY_FIELDS}, {"a=b&", BODY_TOO_MANY_FIELDS}, {"=&", BODY_TOO_MANY_FIELDS},
		{"%&", BODY_TOO_MANY_FIELDS}, {"%%%%%%%%%%%%%%%%%%%%&", BODY_TOO_MANY_FIELDS},
		{"\xff\xff\xff\xff\xff\xff\xff\xff=\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff&",
			BODY_TOO_MANY_FIELDS},
	};
	(void)state;
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
		struct submission submission = {.arena = &arena};
		struct urlencoded parsing;
		enum body_fault fault = BODY_FINE;
		arena_take(&arena, 32 * 1024);
		arena_reset(&arena); /* leaves one block */
		struct arena_block *block = arena.blocks;
		urlencoded_begin(&parsing, &submission, &small);
		for (size_t fed = 0; fed < 200000 && !fault; fed++)
			fault = urlencoded_feed(&parsing, floods[i].again, strlen(floods[i].again));
		if (fault != floods[i].fault || submission.n > small.fields)
			fail_msg("endless \"%s\": fault %d, not %d", floods[i].again, (int)fault, (int)floods[i].fault);
		assert_ptr_equal(arena.blocks, block);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_body_gives_its_pairs_however_it_is_cut_up, forget),
		cmocka_unit_test_teardown(every_byte_is_decoded_from_digits_of_either_case, forget),
		cmocka_unit_test_teardown(an_empty_piece_changes_nothing, forget),
		cmocka_unit_test_teardown(the_limits_are_the_largest_that_is_taken, forget),
		cmocka_unit_test_teardown(a_name_that_holds_nul_is_refused, forget),
		cmocka_unit_test_teardown(a_value_may_hold_nul, forget),
		cmocka_unit_test_teardown(no_body_takes_more_memory_than_its_limits, forget),
	};
	return cmocka_run_group_tests_name("urlencoded", tests, NULL, NULL);
}
