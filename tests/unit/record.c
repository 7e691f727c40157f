/* The line that a post leaves, held against what a JSON library makes of the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/record.h"
#include "keep/record_json.h"
#include "keep/record_write.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct text line_of(const struct form *form, const char *const pairs[][2], size_t n, const struct receipt *receipt)
{
	struct submission submission = {.arena = &arena};
	for (size_t i = 0; i < n; i++)
		submission_add(&submission, span_of(pairs[i][0]), span_of(pairs[i][1]));
	return record_write(&arena, form, &submission, receipt);
}

/* A line reads as it would be written by the library: the same members in the same order, and no other spelling. */
static json_t *reread(struct text line)
{
	json_error_t error;
	assert_int_equal(line.bytes[line.length - 1], '\n');
	json_t *record = json_loadb(line.bytes, line.length - 1, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(record);
	struct text theirs = {.arena = &arena};
	json_write(&theirs, record, JSON_COMPACT);
	line.bytes[line.length - 1] = '\0';
	assert_string_equal(line.bytes, text_string(&theirs));
	return record;
}

static void a_line_is_what_a_library_would_write(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{"name", "Ada \"the\" first\\"}, {"tick", "1"}, {"other", "\x01\x1f\x7f\r\n\t"}, {"tick", "2"}, {"", "no name"}, {"tick", ""},
		{"_token", "never kept"}, {"n\"m", "\xc3\xa9\xf0\x9f\x98\x80"},
	};
	struct form form = {.name = "contact"};
	struct receipt receipt = {.at = {.tv_sec = 1700000000}, .address = "192.0.2.1", .agent = "a\xff\"b", .key = "k", .suspect = "trap"};
	json_t *record = reread(line_of(&form, pairs, sizeof pairs / sizeof *pairs, &receipt));
	json_t *fields = json_object_get(record, "fields"), *tick = json_object_get(fields, "tick");
	assert_int_equal(json_object_size(fields), 5);
	assert_int_equal(json_array_size(tick), 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(json_string_value(json_array_get(tick, i)), pairs[i == 0 ? 1 : i == 1 ? 3 : 5][1]);
	assert_string_equal(json_string_value(json_object_get(json_object_get(record, "client"), "agent")), "a\xef\xbf\xbd\"b");
	assert_string_equal(json_string_value(json_object_get(record, "spam")), "trap");
	assert_null(json_object_get(record, "extra"));
	json_decref(record);
}

static void what_the_form_does_not_know_stands_apart(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {{"more", "1"}, {"known", "2"}, {"more", "3"}, {"knowing", "4"}};
	struct field fields[] = {{.name = "known"}};
	struct form form = {.name = "f", .fields = fields, .fields_n = 1};
	struct receipt receipt = {.at = {.tv_sec = 1700000000}};
	json_t *record = reread(line_of(&form, pairs, 4, &receipt)), *extra = json_object_get(record, "extra");
	assert_int_equal(json_object_size(json_object_get(record, "fields")), 1);
	assert_int_equal(json_object_size(extra), 2);
	assert_int_equal(json_array_size(json_object_get(extra, "more")), 2);
	assert_true(json_is_null(json_object_get(json_object_get(record, "client"), "address")));
	json_decref(record);
}

static void a_line_without_fields_has_an_empty_object(void **state)
{
	(void)state;
	struct form form = {.name = "f"};
	struct receipt receipt = {.at = {.tv_sec = 1700000000}};
	json_t *record = reread(line_of(&form, NULL, 0, &receipt));
	assert_int_equal(json_object_size(json_object_get(record, "fields")), 0);
	json_decref(record);
}

static void values_of_a_thousand_names_stay_with_theirs(void **state)
{
	(void)state;
	enum { NAMES = 1000, ROUNDS = 3 };
	struct submission submission = {.arena = &arena};
	struct form form = {.name = "f"};
	struct receipt receipt = {.at = {.tv_sec = 1700000000}};
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < NAMES; i++)
			submission_add(&submission, span_of(text_printed(&arena, "n%d", i * 7919 % NAMES)),
				span_of(text_printed(&arena, "%d of n%d", round, i * 7919 % NAMES)));
	json_t *record = reread(record_write(&arena, &form, &submission, &receipt)), *values;
	const char *name;
	int at = 0;
	json_object_foreach(json_object_get(record, "fields"), name, values) {
		assert_string_equal(name, text_printed(&arena, "n%d", at++ * 7919 % NAMES));
		for (size_t round = 0; round < ROUNDS; round++)
			assert_string_equal(json_string_value(json_array_get(values, round)), text_printed(&arena, "%zu of %s", round, name));
	}
	assert_int_equal(at, NAMES);
	json_decref(record);
}

/* Reads a line by both ways, and expects them to agree on whether it is a record, and on what it says. */
static void expect_agreement(const char *bytes, size_t n)
{
	json_t *own = record_json((struct span){bytes, n}), *theirs = json_loadb(bytes, n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	if (!own != !theirs || (own && !json_equal(own, theirs)))
		fail_msg("read otherwise than by jansson: %.*s", (int)n, bytes);
	json_decref(own);
	json_decref(theirs);
}

static void a_record_is_read_as_a_library_reads_it(void **state)
{
	static const char *const lines[] = {
		"{}", " { } ", "[]", "\"a\"", "1", "null", "", " ", "{", "}", "{}}", "{} x", "{}\n", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
		"{\"a\":1 \"b\":2}", "{\"a\" 1}", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}", "{1:2}", "{\"a\":[1,2,]}", "{\"a\":[,1]}",
		"{\"a\":[1 2]}", "{\"a\":[1}", "{\"a\":[]}", "{\"a\":[[],{},\"\",0,null]}", "{\"a\":true,\"b\":false}", "{\"a\":tru}",
		"{\"a\":-1,\"b\":1.5,\"c\":1e3,\"d\":0,\"e\":00}", "{\"a\":999999999999999999}", "{\"a\":9223372036854775807}",
		"{\"a\":9223372036854775808}", "{\"a\":\"\\u0000\"}", "{\"\\u0000\":1}", "{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\\ud83d\"}",
		"{\"\\udc00\":1}", "{\"a\":\"\\ufffd \xef\xbf\xbd\"}", "{\"a\":\"\\n\\t\\/\\\\\\\"\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\x01\"}",
		"{\"a\":\"\xff\"}", "{\"a\":\"\xc3\xa4\xed\xa0\x80\"}", "{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\x7f\xc2\x85\"}", "{\"a\":\"x}",
		"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":{\"j\":1}}}}}}}}}}",
		"{\"id\":\"x\",\"fields\":{\"n\\u0061me\":[\"a\",\"b\"]},\"files\":[{\"size\":12}],\"client\":{\"agent\":null}}",
	};
	char name[600] = "{\"";
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		for (size_t n = 0; n <= strlen(lines[i]); n++) /* also where it is cut */
			expect_agreement(lines[i], n);
	for (size_t n = 250; n < 260; n++) {
		memset(name + 2, 'n', n);
		memcpy(name + 2 + n, "\":1}", 5);
		expect_agreement(name, strlen(name));
	}
	expect_agreement("{\"a\":\"\0\"}", 9);
	expect_agreement("{\"\0\":\"\"}", 9);
	expect_agreement("{}\0", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_read_as_a_library_reads_it),
		cmocka_unit_test_teardown(a_line_is_what_a_library_would_write, forget),
		cmocka_unit_test_teardown(what_the_form_does_not_know_stands_apart, forget),
		cmocka_unit_test_teardown(a_line_without_fields_has_an_empty_object, forget),
		cmocka_unit_test_teardown(values_of_a_thousand_names_stay_with_theirs, forget),
	};
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
