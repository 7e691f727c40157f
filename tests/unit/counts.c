/* Counts: what a form received each day, whatever was counted before, erased or marked since. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/date.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/counts.h"
#include "keep/marks.h"
#include "kept.h"

static struct form form = {.name = "contact"};
static struct config config;

static int setup(void **state)
{
	int failed = begin(state);
	config = (struct config){.data = scratch, .node = "", .durable = false};
	return failed;
}

/* Appends n outcomes of a day, some of them suspects; gives the id of the last. */
static struct span receive(const char *node, time_t at, size_t n, size_t suspects)
{
	struct log log;
	char stamp[DATE_STAMP], *id = arena_take(&arena, ID_LENGTH + 1);
	date_stamp_write(stamp, (struct timespec){.tv_sec = at});
	log_begin(&log, scratch, form.name, node, false);
	for (size_t i = 0; i < n; i++) {
		struct text line = {.arena = &arena};
		text_format(&line, LOG_LINE_START "-----------------------------\",\"form\":\"%s\",\"received\":\"%s\",\"fields\":{\"a\":\"},\\\"spam\\\":\\\"\"},"
			"\"files\":[],\"client\":{\"address\":null}%s}\n", form.name, stamp, i < suspects ? ",\"spam\":\"trap\"" : "");
		assert_int_equal(log_append(&log, &secret, line.bytes, line.length, at, id), 0);
	}
	log_end(&log);
	return span_of(id);
}

static struct count count_of(time_t day, time_t now, int64_t budget)
{
	struct counts counts;
	assert_int_equal(counts_load(&counts, &config, &form, 0, now, budget, &arena), 0);
	assert_true(budget || counts.complete);
	for (size_t i = 0; i < counts.n; i++)
		if (counts.days[i].day == date_day(day))
			return counts.days[i];
	return (struct count){0};
}

static void days_and_nodes_are_counted_and_counted_on(void **state)
{
	(void)state;
	form.name = "days";
	assert_int_equal(count_of(noon, noon, 0).kept, 0);
	receive("", noon, 10, 3);
	receive("b", noon, 5, 0);
	receive("", noon - A_DAY, 7, 7);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(count_of(noon, noon, 0).kept, 15);
		assert_int_equal(count_of(noon, noon, 0).spam, 3);
		assert_int_equal(count_of(noon - A_DAY, noon, 0).suspects, 7);
	}
	receive("", noon, 4, 1);
	assert_int_equal(count_of(noon, noon, 0).kept, 19);
	assert_int_equal(count_of(noon, noon, 0).suspects, 4);
	assert_int_equal(count_of(noon, noon + A_DAY, 0).kept, 19);
}

static void a_torn_tail_and_other_lines_count_nothing(void **state)
{
	(void)state;
	form.name = "torn";
	receive("", noon, 2, 0);
	FILE *file = fopen(path_of("torn", DAY ".jsonl"), "a");
	fputs("{\"void\":true}\nnonsense\n{\"id\":\"torn", file);
	fclose(file);
	assert_int_equal(count_of(noon, noon, 0).kept, 2);
	assert_int_equal(count_of(noon, noon, 0).kept, 2);
	receive("", noon, 1, 0); /* which cuts the tail */
	assert_int_equal(count_of(noon, noon, 0).kept, 3);
}

static void what_is_erased_is_counted_no_more(void **state)
{
	struct log log;
	(void)state;
	form.name = "erased";
	receive("", noon, 3, 0);
	struct span id = receive("", noon, 1, 1);
	assert_int_equal(count_of(noon, noon, 0).kept, 4);
	log_begin(&log, scratch, form.name, "", false);
	assert_int_equal(log_line_erase(&log, &secret, id, &arena), LOG_FOUND);
	log_end(&log);
	counts_forget(&config, &form, (uint16_t)date_day(noon));
	assert_int_equal(count_of(noon, noon, 0).kept, 3);
	assert_int_equal(count_of(noon, noon, 0).suspects, 0);
}

static void marks_change_what_is_spam_and_unread(void **state)
{
	static const bool yes = true;
	static const enum mark_spam ham = MARK_HAM;
	(void)state;
	form.name = "marked";
	receive("", noon, 3, 0);
	struct marked marked = {receive("", noon, 1, 1), true};
	assert_int_equal(count_of(noon, noon, 0).spam, 1);
	assert_int_equal(marks_set(&config, &form, &secret, &marked, 1, &(struct mark_change){.spam = &ham, .read = &yes}, "", noon), 0);
	assert_int_equal(count_of(noon, noon, 0).spam, 0);
	assert_int_equal(count_of(noon, noon, 0).read, 1);
	assert_int_equal(count_of(noon, noon, 0).suspects, 1);
}

static void a_count_whose_time_is_up_goes_on_where_it_stopped(void **state)
{
	enum { LINES = 30000, TRIES = 1000 };
	struct counts counts = {0};
	(void)state;
	form.name = "many";
	receive("", noon, LINES, 0);
	for (int i = 0; i < TRIES && !counts.complete; i++)
		assert_int_equal(counts_load(&counts, &config, &form, 0, noon + A_DAY, 1, &arena), 0);
	assert_true(counts.complete);
	assert_int_equal(counts.days[0].kept, LINES);
}

static void a_file_that_is_not_what_was_written_is_made_anew(void **state)
{
	static const char *const contents[] = {"", "counts 1\n", "counts 1\n1 2 3\n", "counts 2\n", "counts 1\n20780 - 1 1 99999999999 7 7\n", "\xff\xff"};
	(void)state;
	form.name = "harmed";
	receive("", noon, 2, 1);
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		FILE *file = fopen(path_of("harmed", "counts"), "w");
		fputs(contents[i], file);
		fclose(file);
		assert_int_equal(count_of(noon, noon, 0).kept, 2);
		assert_int_equal(count_of(noon, noon, 0).suspects, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(days_and_nodes_are_counted_and_counted_on, setup, end),
		cmocka_unit_test_setup_teardown(a_torn_tail_and_other_lines_count_nothing, setup, end),
		cmocka_unit_test_setup_teardown(what_is_erased_is_counted_no_more, setup, end),
		cmocka_unit_test_setup_teardown(marks_change_what_is_spam_and_unread, setup, end),
		cmocka_unit_test_setup_teardown(a_count_whose_time_is_up_goes_on_where_it_stopped, setup, end),
		cmocka_unit_test_setup_teardown(a_file_that_is_not_what_was_written_is_made_anew, setup, end),
	};
	return cmocka_run_group_tests_name("counts", tests, group_begin, scratch_remove);
}
