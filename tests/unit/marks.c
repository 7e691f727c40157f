/* Marks: what was set last counts, from whichever node; a mark that is erased leaves nothing. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/span.h"
#include "keep/marks.h"
#include "kept.h"

static const bool yes = true, no = false;
static const enum mark_spam spam = MARK_SPAM, ham = MARK_HAM, unjudged = MARK_UNJUDGED;
static struct form form = {.name = "contact"};
static struct config config;

static int setup(void **state)
{
	int failed = begin(state);
	config = (struct config){.data = scratch, .node = "", .durable = true};
	return failed;
}

/* An id of an outcome of the day, as one that was kept at that offset has it. */
static struct span outcome(uint16_t day, uint64_t offset)
{
	char *id = arena_take(&arena, ID_LENGTH + 1);
	unsigned char random[ID_RANDOM];
	id_random(random);
	id_write(id, &secret, random, (struct place){day, 0, offset});
	return span_of(id);
}

static void set(struct span id, struct mark_change change, time_t now)
{
	assert_int_equal(marks_set(&config, &form, &secret, &(struct marked){id, false}, 1, &change, "alice", now), 0);
}

static struct mark mark_of(uint16_t day, struct span id)
{
	static struct marks marks; /* a note lives as long as these */
	assert_int_equal(marks_load(&marks, scratch, form.name, day), 0);
	return marks_of(&marks, id);
}

static void nothing_is_set_at_first(void **state)
{
	(void)state;
	struct mark mark = mark_of(100, outcome(100, 0));
	assert_true(!mark.read && !mark.star && mark.spam == MARK_UNJUDGED && !mark.note);
}

static void what_was_set_last_counts_and_the_rest_stays(void **state)
{
	(void)state;
	struct span id = outcome(200, 0), other = outcome(200, 500);
	set(id, (struct mark_change){.read = &yes, .note = "call \"back\"\n\xe2\x82\xac"}, noon);
	set(id, (struct mark_change){.star = &yes, .spam = &ham}, noon);
	set(other, (struct mark_change){.spam = &spam}, noon);
	struct mark mark = mark_of(200, id);
	assert_true(mark.read && mark.star && mark.spam == MARK_HAM);
	assert_string_equal(mark.note, "call \"back\"\n\xe2\x82\xac");
	set(id, (struct mark_change){.read = &no, .note = ""}, noon);
	mark = mark_of(200, id);
	assert_true(!mark.read && mark.star && !mark.note);
	assert_int_equal(mark_of(200, other).spam, MARK_SPAM);
	set(other, (struct mark_change){.spam = &unjudged}, noon);
	assert_int_equal(mark_of(200, other).spam, MARK_UNJUDGED);
}

static void the_latest_time_counts_among_nodes(void **state)
{
	(void)state;
	struct span id = outcome(300, 0);
	config.node = "b";
	set(id, (struct mark_change){.star = &yes}, noon + 10);
	config.node = "a";
	set(id, (struct mark_change){.star = &no}, noon);
	assert_true(mark_of(300, id).star);
	set(id, (struct mark_change){.star = &no}, noon + 20);
	assert_false(mark_of(300, id).star);
}

static void many_are_set_at_once_each_in_the_file_of_its_day(void **state)
{
	enum { MANY = 50 };
	struct marked marked[MANY];
	struct marks marks = {0};
	(void)state;
	for (size_t i = 0; i < MANY; i++)
		marked[i] = (struct marked){outcome((uint16_t)(400 + i % 3), i), false};
	assert_int_equal(marks_set(&config, &form, &secret, marked, MANY, &(struct mark_change){.read = &yes}, "", noon), 0);
	size_t read = 0;
	for (uint16_t day = 400; day < 403; day++) {
		assert_int_equal(marks_load(&marks, scratch, form.name, day), 0);
		read += marks_count(&marks).read;
	}
	marks_free(&marks);
	assert_int_equal(read, MANY);
}

static void the_tally_says_what_marks_change(void **state)
{
	static const struct { bool suspect; enum mark_spam spam; bool read; int64_t change; size_t counted; } rows[] = {
		{false, MARK_UNJUDGED, true, 0, 1}, {true, MARK_UNJUDGED, true, 0, 0}, {false, MARK_SPAM, true, 1, 0},
		{true, MARK_HAM, true, -1, 1}, {true, MARK_HAM, false, -1, 0}, {false, MARK_UNJUDGED, false, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct marked marked = {outcome((uint16_t)(700 + i), 0), rows[i].suspect};
		struct mark_change change = {.read = &rows[i].read, .spam = rows[i].spam == MARK_UNJUDGED ? NULL : &rows[i].spam};
		struct marks marks = {0};
		assert_int_equal(marks_set(&config, &form, &secret, &marked, 1, &change, "", noon), 0);
		assert_int_equal(marks_load(&marks, scratch, form.name, (uint16_t)(700 + i)), 0);
		assert_int_equal(marks_count(&marks).spam, rows[i].change);
		assert_int_equal(marks_count(&marks).read, rows[i].counted);
		marks_free(&marks);
	}
}

static void what_is_erased_leaves_no_byte_and_nothing_else_goes(void **state)
{
	(void)state;
	struct span id = outcome(500, 0), other = outcome(500, 900);
	set(id, (struct mark_change){.note = "a private word"}, noon);
	set(other, (struct mark_change){.note = "another"}, noon);
	set(id, (struct mark_change){.star = &yes}, noon);
	assert_int_equal(marks_erase(&config, &form, &secret, id), 0);
	struct span left = bytes_of(path_of("contact/marks", "1971-05-16.jsonl"));
	assert_null(strstr(left.bytes, "private"));
	assert_non_null(strstr(left.bytes, "another"));
	assert_false(mark_of(500, id).star);
	assert_string_equal(mark_of(500, other).note, "another");
}

static void lines_that_are_no_marks_are_passed_over(void **state)
{
	static const char *const lines[] = {"", "[]", "{}", "{\"of\":1,\"at\":2}", "{\"of\":\"x\",\"at\":\"y\",\"read\":\"yes\",\"note\":7}", "{\"of\":",
		"\xff\xfe", "null"};
	(void)state;
	struct span id = outcome(600, 0);
	set(id, (struct mark_change){.read = &yes}, noon);
	FILE *file = fopen(path_of("contact/marks", "1971-08-24.jsonl"), "a");
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		fprintf(file, "%s\n", lines[i]);
	fclose(file);
	set(id, (struct mark_change){.star = &yes}, noon);
	assert_true(mark_of(600, id).read && mark_of(600, id).star);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_set_at_first, setup, end),
		cmocka_unit_test_setup_teardown(what_was_set_last_counts_and_the_rest_stays, setup, end),
		cmocka_unit_test_setup_teardown(the_latest_time_counts_among_nodes, setup, end),
		cmocka_unit_test_setup_teardown(many_are_set_at_once_each_in_the_file_of_its_day, setup, end),
		cmocka_unit_test_setup_teardown(the_tally_says_what_marks_change, setup, end),
		cmocka_unit_test_setup_teardown(what_is_erased_leaves_no_byte_and_nothing_else_goes, setup, end),
		cmocka_unit_test_setup_teardown(lines_that_are_no_marks_are_passed_over, setup, end),
	};
	return cmocka_run_group_tests_name("marks", tests, group_begin, scratch_remove);
}
