/* Keys: the same for the same name, form and content, and for nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sodium.h>
#include <string.h>

#include "base/span.h"
#include "keep/key.h"

static struct arena arena;
static struct secret secret;

static int group_begin(void **state)
{
	(void)state;
	memset(secret.bytes, 7, sizeof secret.bytes);
	return sodium_init() < 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* Makes a key of name and value in turn, up to a NULL. */
static struct key key_of(enum key_kind kind, const char *name, const char *form, const char *const *pairs, struct posted_file *file)
{
	struct submission submission = {.arena = &arena};
	struct key key;
	for (size_t i = 0; pairs[i]; i += 2)
		submission_add(&submission, span_of(pairs[i]), span_of(pairs[i + 1]));
	if (file)
		submission_add_file(&submission, file);
	key_make(&key, &secret, kind, span_of(name), form, &submission);
	return key;
}

#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void a_key_is_its_kind_its_name_and_its_form_s(void **state)
{
	const char *const *pairs = PAIRS("a", "b");
	(void)state;
	struct key keys[] = {
		key_of(KEY_HEADER, "n", "f", pairs, NULL), key_of(KEY_TOKEN, "n", "f", pairs, NULL), key_of(KEY_SAME, "n", "f", pairs, NULL),
		key_of(KEY_HEADER, "m", "f", pairs, NULL), key_of(KEY_HEADER, "n", "g", pairs, NULL), key_of(KEY_HEADER, "", "fn", pairs, NULL),
		key_of(KEY_HEADER, "fn", "", pairs, NULL)};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		for (size_t j = 0; j < i; j++) {
			assert_memory_not_equal(keys[i].name, keys[j].name, KEY_NAME);
			assert_memory_equal(keys[i].content, keys[j].content, KEY_CONTENT);
		}
	struct key again = key_of(KEY_HEADER, "n", "f", pairs, NULL);
	assert_memory_equal(again.name, keys[0].name, KEY_NAME);
}

static void content_is_all_fields_in_their_order_but_the_token(void **state)
{
	(void)state;
	const char *const *others[] = {
		PAIRS("a", "b", "c", "e"), PAIRS("c", "d", "a", "b"), PAIRS("a", "b"), PAIRS("ab", "", "c", "d"), PAIRS("a", "bc", "d", ""),
		PAIRS("a", "b", "c", "d", "", ""), PAIRS("", "", "a", "b", "c", "d"), PAIRS("a", "b", "_next", "d")};
	struct key key = key_of(KEY_HEADER, "n", "f", PAIRS("a", "b", "c", "d"), NULL);
	struct key token = key_of(KEY_HEADER, "n", "f", PAIRS("_token", "x", "a", "b", "c", "d", "_token", "y"), NULL);
	assert_memory_equal(key.content, token.content, KEY_CONTENT);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct key other = key_of(KEY_HEADER, "n", "f", others[i], NULL);
		assert_memory_not_equal(key.content, other.content, KEY_CONTENT);
		assert_memory_equal(key.name, other.name, KEY_NAME);
		struct key same = key_of(KEY_SAME, "n", "f", others[i], NULL);
		struct key first = key_of(KEY_SAME, "n", "f", PAIRS("a", "b", "c", "d"), NULL);
		assert_memory_not_equal(same.name, first.name, KEY_NAME);
	}
}

static void a_file_is_no_list_of_fields(void **state)
{
	struct posted_file one = {.field = span_of("e"), .filename = span_of("f"), .sha256 = "g"}, two = {.field = span_of("a"),
		.filename = span_of("b"), .sha256 = "c"}, three = {.field = span_of("d"), .filename = span_of("e"), .sha256 = "f"};
	struct submission submission = {.arena = &arena};
	struct key files, pairs = key_of(KEY_HEADER, "n", "f", PAIRS("a", "b", "c", "d", "e", "f"), NULL);
	(void)state;
	submission_add_file(&submission, &two);
	submission_add_file(&submission, &three);
	key_make(&files, &secret, KEY_HEADER, span_of("n"), "f", &submission);
	assert_memory_not_equal(files.content, pairs.content, KEY_CONTENT);
	struct key with = key_of(KEY_HEADER, "n", "f", PAIRS("a", "b"), &one);
	struct key without = key_of(KEY_HEADER, "n", "f", PAIRS("a", "b"), NULL);
	assert_memory_not_equal(with.content, without.content, KEY_CONTENT);
}

static void what_is_written_is_read_and_nothing_else(void **state)
{
	static const char *const wrong[] = {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+", "AAAAAAAAAAAAAAAA\"AAAAAAAAAAAAAAA"};
	char text[KEY_TEXT + 1];
	struct key key = key_of(KEY_HEADER, "n", "f", PAIRS("a", "b"), NULL), read;
	(void)state;
	key_write(&key, text);
	assert_int_equal(strlen(text), KEY_TEXT);
	assert_true(key_read(span_of(text), &read));
	assert_memory_equal(read.name, key.name, KEY_NAME);
	assert_memory_equal(read.content, key.content, KEY_CONTENT);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(key_read(span_of(wrong[i]), &read));
}

static void another_secret_makes_another_key(void **state)
{
	struct key key = key_of(KEY_HEADER, "n", "f", PAIRS("a", "b"), NULL);
	(void)state;
	secret.bytes[0] ^= 1;
	struct key other = key_of(KEY_HEADER, "n", "f", PAIRS("a", "b"), NULL);
	secret.bytes[0] ^= 1;
	assert_memory_not_equal(key.name, other.name, KEY_NAME);
	assert_memory_not_equal(key.content, other.content, KEY_CONTENT);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

/* What was kept on one machine is the same on any other: these are bytes that x86 has written from the first version on. */
static void a_key_is_the_same_on_every_machine(void **state)
{
	char text[KEY_TEXT + 1];
	(void)state;
	struct key key = key_of(KEY_HEADER, "n", "f", PAIRS("a", "b", "c", ""), NULL);
	key_write(&key, text);
	assert_string_equal(text, "-mkzQbpqCOJSAtKgusIntESardVpx-4O");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_its_kind_its_name_and_its_form_s),
		TEST(content_is_all_fields_in_their_order_but_the_token),
		TEST(a_file_is_no_list_of_fields),
		TEST(what_is_written_is_read_and_nothing_else),
		TEST(another_secret_makes_another_key),
		TEST(a_key_is_the_same_on_every_machine),
	};
	return cmocka_run_group_tests_name("key", tests, group_begin, NULL);
}
