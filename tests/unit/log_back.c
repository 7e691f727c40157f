/* Reading a log backwards: every line once, the newest first, from any place on, whatever the files hold. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/date.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/log_back.h"
#include "kept.h"

enum { LAST_DAY = UINT16_MAX };

/* Appends a line to a file of the form, with the time given in seconds of the day; gives its id. */
static char *append(const char *form, const char *node, time_t at, size_t payload)
{
	struct log log;
	struct text line = {.arena = &arena};
	char stamp[DATE_STAMP], *id = arena_take(&arena, ID_LENGTH + 1);
	date_stamp_write(stamp, (struct timespec){.tv_sec = at});
	text_format(&line, LOG_LINE_START "-----------------------------\",\"form\":\"%s\",\"received\":\"%s\",\"fields\":{\"a\":\"%s\"}}\n", form,
		stamp, many('x', payload));
	log_begin(&log, scratch, form, node, false);
	assert_int_equal(log_append(&log, &secret, line.bytes, line.length, at, id), 0);
	log_end(&log);
	return id;
}

/* The lines that come, from a place on where one is given, must be those with these ids. */
static void assert_lines(const char *form, const char *after, const char *stamp, char *const *ids, size_t n)
{
	struct log_back *back = log_back_open(scratch, form, LAST_DAY, 0);
	struct log_back_line line;
	struct place place;
	if (after) {
		assert_true(id_read(span_of(after), &secret, &place));
		log_back_resume(back, place, span_of(stamp));
	}
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(log_back_next(back, &line), LOG_FOUND);
		assert_memory_equal(line.line.bytes + START, ids[i], ID_LENGTH);
		assert_int_equal(line.line.bytes[line.line.length - 1], '}');
		assert_true(id_read(span_of(ids[i]), &secret, &place));
		assert_true(place.day == line.day && place.offset == line.offset && place.node == id_node(line.node));
	}
	assert_int_equal(log_back_next(back, &line), LOG_ABSENT);
	log_back_close(back);
}

static void lines_of_all_days_and_lengths_come_from_the_newest(void **state)
{
	static const size_t lengths[] = {1, 70000, 0, 65000, 300000, 3, 65536, 20};
	enum { LINES = 40 };
	char *ids[LINES];
	(void)state;
	for (size_t i = LINES; i-- > 0;) /* the oldest first */
		ids[i] = append("days", "", noon - (time_t)(i / 8) * A_DAY + (time_t)(LINES - i), lengths[i % 8]);
	assert_lines("days", NULL, "", ids, LINES);
	for (size_t i = 0; i < LINES; i++)
		assert_lines("days", ids[i], "", ids + i + 1, LINES - i - 1);
}

static void files_of_nodes_are_merged_by_the_time_in_their_lines(void **state)
{
	enum { LINES = 30 };
	static const char *const nodes[] = {"", "web1", "web2"};
	char *ids[LINES], stamp[DATE_STAMP];
	(void)state;
	for (size_t i = LINES; i-- > 0;)
		ids[i] = append("nodes", nodes[i * 7 % 3], noon - (time_t)i * 8000, 100);
	assert_lines("nodes", NULL, "", ids, LINES);
	for (size_t i = 0; i < LINES; i++) {
		date_stamp_write(stamp, (struct timespec){.tv_sec = noon - (time_t)i * 8000});
		assert_lines("nodes", ids[i], stamp, ids + i + 1, LINES - i - 1);
	}
}

static void lines_of_one_moment_on_several_nodes_are_given_once_each(void **state)
{
	enum { LINES = 9 };
	static const char *const nodes[] = {"", "a", "b"};
	char stamp[DATE_STAMP], *first[LINES];
	struct log_back_line line;
	struct place place;
	(void)state;
	for (size_t i = 0; i < LINES; i++)
		append("moment", nodes[i % 3], noon, 5);
	date_stamp_write(stamp, (struct timespec){.tv_sec = noon});
	struct log_back *back = log_back_open(scratch, "moment", LAST_DAY, 0);
	for (size_t i = 0; i < LINES; i++) {
		assert_int_equal(log_back_next(back, &line), LOG_FOUND);
		first[i] = arena_copy(&arena, line.line.bytes + START, ID_LENGTH);
	}
	log_back_close(back);
	for (size_t i = 0; i < LINES; i++) { /* a page that ends at each of them goes on with the next */
		assert_true(id_read(span_of(first[i]), &secret, &place));
		assert_lines("moment", first[i], stamp, first + i + 1, LINES - i - 1);
	}
}

static void a_torn_tail_is_left_out(void **state)
{
	char *ids[2];
	(void)state;
	ids[1] = append("torn", "", noon, 10);
	ids[0] = append("torn", "", noon, 70000);
	int file = open(path_of("torn", DAY ".jsonl"), O_WRONLY | O_APPEND);
	assert_true(file >= 0 && write(file, many('y', 200000), 200000) == 200000);
	close(file);
	assert_lines("torn", NULL, "", ids, 2);
	file = open(path_of("torn", "2026-11-24.jsonl"), O_WRONLY | O_CREAT, 0600);
	assert_true(file >= 0 && write(file, "no newline", 10) == 10);
	close(file);
	assert_lines("torn", NULL, "", ids, 2);
}

static void days_outside_the_range_and_other_files_are_passed_over(void **state)
{
	char *today, *before;
	struct log_back_line line;
	(void)state;
	before = append("range", "", noon - A_DAY, 10);
	today = append("range", "", noon, 10);
	append("range", "", noon + A_DAY, 10);
	int file = open(path_of("range", "2026-11-22.jsonl.gz"), O_WRONLY | O_CREAT, 0600);
	assert_true(file >= 0);
	close(file);
	struct log_back *back = log_back_open(scratch, "range", date_day(noon), date_day(noon - A_DAY));
	assert_int_equal(log_back_next(back, &line), LOG_FOUND);
	assert_memory_equal(line.line.bytes + START, today, ID_LENGTH);
	assert_int_equal(log_back_next(back, &line), LOG_FOUND);
	assert_memory_equal(line.line.bytes + START, before, ID_LENGTH);
	assert_int_equal(log_back_next(back, &line), LOG_ABSENT);
	log_back_close(back);
	assert_lines("nothing", NULL, "", NULL, 0);
}

static void the_newest_lines_of_a_long_day_cost_one_piece(void **state)
{
	enum { LINES = 4000, LEAST = 100 };
	struct log_back_line line;
	(void)state;
	for (size_t i = 0; i < LINES; i++)
		append("long", "", noon, 200);
	struct log_back *back = log_back_open(scratch, "long", LAST_DAY, 0);
	for (size_t i = 0; i < LEAST; i++)
		assert_int_equal(log_back_next(back, &line), LOG_FOUND);
	assert_true(log_back_bytes(back) <= 128 * 1024);
	log_back_close(back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_of_all_days_and_lengths_come_from_the_newest, begin, end),
		cmocka_unit_test_setup_teardown(files_of_nodes_are_merged_by_the_time_in_their_lines, begin, end),
		cmocka_unit_test_setup_teardown(lines_of_one_moment_on_several_nodes_are_given_once_each, begin, end),
		cmocka_unit_test_setup_teardown(a_torn_tail_is_left_out, begin, end),
		cmocka_unit_test_setup_teardown(days_outside_the_range_and_other_files_are_passed_over, begin, end),
		cmocka_unit_test_setup_teardown(the_newest_lines_of_a_long_day_cost_one_piece, begin, end),
	};
	return cmocka_run_group_tests_name("log_back", tests, group_begin, scratch_remove);
}
