/* Queues: what is taken of which day, in which order, and where the cursor stands that is kept. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/log_day.h"
#include "scratch.h"
#include "task/queue.h"
#include "task/queue_next.h"

#define DAY "2026-11-23"

static const time_t noon = 1795435200; /* of that day */
enum { A_DAY = 24 * 60 * 60, START = sizeof LOG_LINE_START - 1 };

static struct arena arena;
static struct secret secret;

static struct form form = {.name = "job"};
static struct task task = {.name = "act"};
static struct config config;
static struct queue queue;
static char taken[ID_LENGTH + 1];
static struct queued_job next;

static int group_begin(void **state)
{
	memset(secret.bytes, 7, sizeof secret.bytes);
	return sodium_init() < 0 ? -1 : scratch_make(state);
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static char *path_of(const char *name, const char *file)
{
	return text_printed(&arena, "%s/%s/%s", scratch, name, file);
}

static uint16_t today(void)
{
	return (uint16_t)date_day(noon);
}

/* A data folder of its own for each test, and a cursor in it. */
static void begin_at(const char *name, unsigned day, uint64_t before, uint64_t now)
{
	char folder[PATH_MAX];
	form.name = name;
	config = (struct config){.data = scratch, .node = ""};
	job_folder(&config, &form, &task, folder);
	assert_int_equal(folder_make(folder), 0);
	assert_int_equal(cursor_write(folder, "", &(struct cursor){.day = (uint16_t)day, .before = before, .now = now}), 0);
	queue_begin(&queue, &config, &form, &task);
	assert_true(queue_ready(&queue));
}

static const char *add(int days)
{
	static char ids[64][ID_LENGTH + 1];
	static size_t n;
	char *id = ids[n++ % 64], stamp[DATE_STAMP];
	struct log log;
	struct text line = {.arena = &arena};
	log_begin(&log, scratch, form.name, "", false);
	date_stamp_write(stamp, (struct timespec){.tv_sec = noon + days * A_DAY});
	text_format(&line, LOG_LINE_START "-----------------------------\",\"form\":\"%s\",\"received\":\"%s\",\"fields\":{}}\n", form.name,
		stamp);
	assert_int_equal(log_append(&log, &secret, line.bytes, line.length, noon + days * A_DAY, id), 0);
	log_end(&log);
	return id;
}

static const char *next_at(int days)
{
	if (!queue_next(&queue, &secret, noon + days * A_DAY, &arena, &next))
		return "";
	memcpy(taken, next.id, sizeof taken);
	return taken;
}

static struct cursor kept_now(void)
{
	struct cursor cursor = {0};
	assert_int_equal(cursor_read(queue.folder, "", &cursor), JOB_FOUND);
	return cursor;
}

static uint64_t size_of(uint16_t day)
{
	uint64_t size;
	assert_int_equal(log_day_size(&queue.log, day, &size), 0);
	return size;
}

static void lines_are_taken_in_their_order_and_the_cursor_waits_for_the_first(void **state)
{
	(void)state;
	begin_at("order", today(), 0, 0);
	const char *first = add(0), *second = add(0);
	assert_string_equal(next_at(0), first);
	size_t taken_first = next.taken;
	assert_string_equal(next_at(0), second);
	assert_string_equal(next_at(0), "");
	assert_int_equal(queue_settle(&queue, next.taken), 0);
	assert_int_equal(kept_now().now, 0);
	assert_int_equal(queue_settle(&queue, taken_first), 0);
	assert_int_equal(kept_now().now, size_of(today()));
	queue_end(&queue);
}

static void late_lines_of_yesterday_are_taken(void **state)
{
	(void)state;
	begin_at("late", today() - 1u, 0, 0);
	const char *one = add(-1);
	assert_string_equal(next_at(-1), one);
	queue_settle(&queue, next.taken);
	assert_string_equal(next_at(0), "");
	assert_int_equal(kept_now().day, today());
	const char *late = add(-1), *here = add(0);
	assert_string_equal(next_at(0), late);
	size_t taken_first = next.taken;
	assert_string_equal(next_at(0), here);
	queue_settle(&queue, next.taken);
	assert_true(kept_now().before < size_of((uint16_t)(today() - 1)));
	queue_settle(&queue, taken_first);
	assert_int_equal(kept_now().before, size_of((uint16_t)(today() - 1)));
	assert_int_equal(kept_now().now, size_of(today()));
	queue_end(&queue);
}

static void days_without_files_are_passed(void **state)
{
	(void)state;
	begin_at("gap", today() - 40u, 0, 0);
	const char *old = add(-40), *fresh = add(0);
	assert_string_equal(next_at(0), old);
	assert_string_equal(next_at(0), ""); /* till it is settled the day stays */
	queue_settle(&queue, next.taken);
	assert_string_equal(next_at(0), fresh);
	queue_settle(&queue, next.taken);
	assert_int_equal(kept_now().day, today());
	queue_end(&queue);
}

static void what_is_torn_is_not_taken_and_keeps_nobody(void **state)
{
	time_t nearest = 0;
	(void)state;
	begin_at("torn", today(), 0, 0);
	const char *one = add(0);
	int file = open(path_of("torn", DAY ".jsonl"), O_WRONLY | O_APPEND);
	assert_int_equal(write(file, LOG_LINE_START, START), START);
	close(file);
	assert_string_equal(next_at(0), one);
	queue_settle(&queue, next.taken);
	assert_string_equal(next_at(0), "");
	queue.cursor.day = (uint16_t)date_day(time(NULL)); /* only the line is in question */
	char path[PATH_MAX];
	log_path(&queue.log, queue.cursor.day, "", path);
	if (queue.cursor.day != today())
		assert_int_equal(rename(path_of("torn", DAY ".jsonl"), path), 0);
	assert_false(queue_pending(&queue, &nearest));
	queue_end(&queue);
}

/* Writes at noon that a job waits till then. */
static void put_waiting(const char *id, time_t till)
{
	char line[200];
	snprintf(
		line, sizeof line, "{\"state\":\"waiting\",\"attempts\":1,\"next\":%jd,\"updated\":%jd}\n", (intmax_t)till, (intmax_t)noon);
	const char *path = text_printed(&arena, "%s/%s.json", queue.folder, id);
	assert_int_equal(file_put(path, line, strlen(line), false, false), 0);
}

static void what_waits_is_taken_when_its_file_says_so_whatever_the_list_says(void **state)
{
	(void)state;
	begin_at("pause", today(), 0, 0);
	const char *id = add(0);
	assert_string_equal(next_at(0), id);
	put_waiting(id, noon + 60);
	queue_settle(&queue, next.taken);
	retry_list_add(&queue.retries, id, noon - 60); /* as it was before the try */
	assert_string_equal(next_at(0), "");
	queue_refresh(&queue, &secret, noon);
	assert_string_equal(next_at(0), "");
	assert_true(queue_next(&queue, &secret, noon + 61, &arena, &next));
	assert_string_equal(next.id, id);
	assert_int_equal(next.attempts, 1);
	assert_int_equal(next.taken, QUEUE_TAKEN);
	queue_end(&queue);
}

static void what_waits_is_due_at_once_when_the_clock_was_set_back(void **state)
{
	(void)state;
	begin_at("sooner", today(), 0, 0);
	const char *id = add(0);
	queue.cursor.now = size_of(today());
	put_waiting(id, noon + 60);
	queue_refresh(&queue, &secret, noon);
	assert_string_equal(next_at(0), "");
	queue_refresh(&queue, &secret, noon - A_DAY);
	assert_string_equal(next_at(-1), id);
	queue_end(&queue);
}

static void what_waits_for_another_node_is_not_taken(void **state)
{
	char id[ID_LENGTH + 1];
	unsigned char random[ID_RANDOM] = {1};
	(void)state;
	begin_at("nodes", today(), 0, 0);
	id_write(id, &secret, random, (struct place){.day = today(), .node = id_node("b")});
	put_waiting(id, noon);
	queue_refresh(&queue, &secret, noon);
	assert_int_equal(queue.retries.n, 0);
	queue_end(&queue);
}

static void a_log_that_is_moved_away_has_the_lines_of_the_next_taken(void **state)
{
	(void)state;
	begin_at("away", today(), 0, 0);
	add(0), add(0);
	next_at(0);
	queue_settle(&queue, next.taken);
	next_at(0); /* and is still under way */
	assert_int_equal(rename(path_of("away", DAY ".jsonl"), path_of("away", "old")), 0);
	form.result = "act";
	config.tasks = &task, config.tasks_n = 1;
	int begun = cursor_begin(&config, &form, noon);
	form.result = NULL;
	assert_int_equal(begun, 0);
	const char *one = add(0);
	assert_string_equal(next_at(0), one);
	assert_int_equal(queue_settle(&queue, next.taken), 0);
	assert_int_equal(kept_now().now, size_of(today()));
	assert_int_equal(access(text_printed(&arena, "%s/late.%u", queue.folder, today()), F_OK), -1);
	queue_end(&queue);
}

static void what_ran_when_a_worker_died_is_found_at_the_first_look(void **state)
{
	(void)state;
	begin_at("died", today(), 0, 0);
	const char *id = add(0);
	queue.cursor.now = size_of(today());
	assert_int_equal(job_write(queue.folder, span_of(id), &(struct job){.state = JOB_RUNNING, .progress = -1, .durable = true}), 0);
	queue_refresh(&queue, &secret, noon);
	assert_string_equal(next_at(0), id);
	queue_refresh(&queue, &secret, noon + 10);
	assert_string_equal(next_at(0), "");
	queue_end(&queue);
}

static void a_cursor_that_is_there_is_not_made_again(void **state)
{
	struct task tasks[] = {{.name = "act"}};
	const char *names[] = {"act"};
	(void)state;
	begin_at("again", today(), 0, 0);
	add(0);
	config.tasks = tasks, config.tasks_n = 1;
	form.after = (struct words){names, 1};
	assert_int_equal(cursor_begin(&config, &form, noon), 0);
	assert_int_equal(kept_now().now, 0);
	assert_int_equal(cursor_begin(&config, &form, noon + A_DAY), 0);
	assert_int_equal(cursor_begin(&config, &form, noon - A_DAY), 0);
	assert_int_equal(kept_now().day, today());
	assert_int_equal(unlink(text_printed(&arena, "%s/cursor", queue.folder)), 0);
	assert_int_equal(cursor_begin(&config, &form, noon), 0);
	assert_int_equal(kept_now().now, size_of(today()));
	form.after = (struct words){0};
	queue_end(&queue);
}

/* Takes all there is, and tells how many lines that were. */
static unsigned take_all(int days)
{
	unsigned n = 0;
	queue_refresh(&queue, &secret, noon + days * A_DAY);
	for (; *next_at(days); n++)
		queue_settle(&queue, next.taken);
	queue_settle(&queue, QUEUE_TAKEN);
	return n;
}

static void restart(void)
{
	queue_end(&queue);
	queue_begin(&queue, &config, &form, &task);
	assert_true(queue_ready(&queue));
}

static void a_clock_that_is_set_back_has_new_lines_taken_and_no_old_ones(void **state)
{
	struct task tasks[] = {{.name = "act"}};
	const char *names[] = {"act"};
	(void)state;
	begin_at("back", today(), 0, 0);
	config.tasks = tasks, config.tasks_n = 1;
	form.after = (struct words){names, 1};
	for (int days = 0; days < 6; days++)
		add(days);
	assert_int_equal(take_all(5), 6);
	add(5);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(cursor_begin(&config, &form, noon), 0);
		const char *id = add(0);
		if (i == 1)
			restart();
		queue.retries.read = 0;
		queue_refresh(&queue, &secret, noon);
		assert_string_equal(next_at(0), id);
		assert_int_equal(queue_settle(&queue, next.taken), 0);
		assert_int_equal(take_all(0), i == 0); /* that of the day ahead */
	}
	assert_int_equal(cursor_begin(&config, &form, noon + 2 * A_DAY), 0);
	add(2);
	restart();
	assert_int_equal(take_all(2), 1);
	restart();
	add(5);
	assert_int_equal(take_all(7), 1);
	assert_int_equal(kept_now().day, today() + 7);
	form.after = (struct words){0};
	queue_end(&queue);
}

static void a_late_line_that_is_not_settled_is_taken_again(void **state)
{
	(void)state;
	begin_at("unsettled", today() + 5u, 0, 0);
	assert_int_equal(late_day_write(queue.folder, "", &(struct late_day){.day = today()}), 0);
	const char *first = add(0), *second = add(0);
	queue_refresh(&queue, &secret, noon);
	assert_string_equal(next_at(0), first);
	assert_string_equal(next_at(0), second);
	assert_int_equal(queue_settle(&queue, next.taken), 0);
	restart();
	queue_refresh(&queue, &secret, noon);
	assert_string_equal(next_at(0), first);
	queue_end(&queue);
}

static void how_far_it_moved_is_kept_before_what_it_took_there(void **state)
{
	(void)state;
	begin_at("moved", today(), 0, 0);
	add(3);
	assert_string_not_equal(next_at(3), "");
	assert_int_equal(kept_now().day, today() + 3);
	assert_int_equal(kept_now().now, 0);
	queue_end(&queue);
}

static void late_days_are_known_by_name(void **state)
{
	uint16_t day;
	(void)state;
	assert_true(late_day_named("late.20780", "", &day) && day == 20780);
	assert_true(late_day_named("late.0.a", "a", &day) && day == 0);
	const char *const others[] = {"late.20780.a", "late.020780", "late.20780.7.new", "late.70000", "late.", "late.-1", "cursor"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(late_day_named(others[i], "", &day));
	assert_false(late_day_named("late.20780", "a", &day) || late_day_named("late.20780.ab", "a", &day));
}

static void a_clock_that_is_set_back_does_not_end_the_looking(void **state)
{
	(void)state;
	begin_at("look", today(), 0, 0);
	queue_refresh(&queue, &secret, noon + A_DAY);
	const char *id = add(0);
	queue.cursor.now = size_of(today());
	assert_int_equal(job_write(queue.folder, span_of(id), &(struct job){.state = JOB_WAITING, .progress = -1}), 0);
	queue_refresh(&queue, &secret, noon);
	assert_string_equal(next_at(0), id);
	queue_end(&queue);
}

/* What was given up stays, however much it is: looking through it must leave time for other things. */
static void after_a_look_that_took_long_the_next_waits_for_longer(void **state)
{
	(void)state;
	begin_at("long", today(), 0, 0);
	queue_refresh(&queue, &secret, noon);
	assert_in_range(queue.retries.pause, 2, 60);
	queue.retries.pause = 100;
	const char *id = add(0);
	assert_int_equal(job_write(queue.folder, span_of(id), &(struct job){.state = JOB_WAITING, .progress = -1}), 0);
	queue_refresh(&queue, &secret, noon + 99);
	assert_int_equal(queue.retries.n, 0);
	queue_refresh(&queue, &secret, noon + 100);
	assert_int_equal(queue.retries.n, 1);
	queue_end(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(lines_are_taken_in_their_order_and_the_cursor_waits_for_the_first, end),
		cmocka_unit_test_teardown(late_lines_of_yesterday_are_taken, end),
		cmocka_unit_test_teardown(days_without_files_are_passed, end),
		cmocka_unit_test_teardown(what_is_torn_is_not_taken_and_keeps_nobody, end),
		cmocka_unit_test_teardown(what_waits_is_taken_when_its_file_says_so_whatever_the_list_says, end),
		cmocka_unit_test_teardown(what_waits_is_due_at_once_when_the_clock_was_set_back, end),
		cmocka_unit_test_teardown(what_waits_for_another_node_is_not_taken, end),
		cmocka_unit_test_teardown(a_log_that_is_moved_away_has_the_lines_of_the_next_taken, end),
		cmocka_unit_test_teardown(what_ran_when_a_worker_died_is_found_at_the_first_look, end),
		cmocka_unit_test_teardown(a_cursor_that_is_there_is_not_made_again, end),
		cmocka_unit_test_teardown(a_clock_that_is_set_back_has_new_lines_taken_and_no_old_ones, end),
		cmocka_unit_test_teardown(a_late_line_that_is_not_settled_is_taken_again, end),
		cmocka_unit_test_teardown(how_far_it_moved_is_kept_before_what_it_took_there, end),
		cmocka_unit_test_teardown(late_days_are_known_by_name, end),
		cmocka_unit_test_teardown(a_clock_that_is_set_back_does_not_end_the_looking, end),
		cmocka_unit_test_teardown(after_a_look_that_took_long_the_next_waits_for_longer, end),
	};
	return cmocka_run_group_tests(tests, group_begin, scratch_remove);
}
