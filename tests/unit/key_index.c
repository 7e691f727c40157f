/* The key index: each key that is remembered is found, whatever became of the table, and no other. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/key_index.h"
#include "keep/log_line.h"
#include "scratch.h"

static const time_t noon = 1795435200; /* of 2026-11-23 */
enum { A_DAY = 24 * 60 * 60 };

static struct arena arena;
static struct secret secret;
static size_t said;
static struct log log_of_form;
static struct key_index key_index;

static void count_messages(void *context, const char *line, size_t n)
{
	(void)context, (void)line, (void)n;
	said++;
}

static int group_begin(void **state)
{
	memset(secret.bytes, 7, sizeof secret.bytes);
	return sodium_init() < 0 ? -1 : scratch_make(state);
}

static int begin(void **state)
{
	(void)state;
	said = 0;
	diag_to(count_messages, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	diag_to(NULL, NULL);
	arena_free(&arena);
	return 0;
}

static char *table_path(const char *form)
{
	return text_printed(&arena, "%s/%s/keys", scratch, form);
}

static void begin_with(const char *form, uint64_t remember)
{
	log_begin(&log_of_form, scratch, form, "", false);
	key_index_begin(&key_index, &log_of_form, remember);
}

static void end_with(void)
{
	key_index_end(&key_index);
	log_end(&log_of_form);
}

static struct key key_of(const char *name, const char *content)
{
	struct key key;
	struct submission submission = {.arena = &arena};
	submission_add(&submission, span_of("a"), span_of(content));
	key_make(&key, &secret, KEY_HEADER, span_of(name), "form", &submission);
	key.seconds = key_index.keys.remember;
	return key;
}

struct claim {
	const struct key *key;
	time_t now;
};

static const char *older_form; /* whose table an older one is written over once a key is set down, or NULL */
static struct span older_table;

/* Writes a copy of a table over it, as who restores a backup does; processes that have it open go on with it. */
static void write_over(struct span older, const char *form)
{
	int file = open(table_path(form), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(file, older.bytes, older.length, 0), (ssize_t)older.length);
	assert_int_equal(close(file), 0);
}

static int claim_take(void *context, struct place place)
{
	const struct claim *claim = context;
	int failed = key_index_add(&key_index, claim->key, place, claim->now);
	if (older_form)
		write_over(older_table, older_form);
	return failed;
}

/* Time has passed till now, and the clock has not leapt. */
static void pass_time(time_t now)
{
	static time_t last;
	struct text clock = {.arena = &arena};
	if (now == last)
		return;
	last = now;
	text_format(&clock, "{\"boot\":\"\",\"uptime\":%lld,\"time\":%lld}", (long long)date_since_boot(), (long long)now);
	assert_int_equal(file_put(text_printed(&arena, "%s/clock", scratch), clock.bytes, clock.length, false, false), 0);
}

static enum key_index_found found(const char *name, const char *content, time_t now, struct key_index_line *line)
{
	pass_time(now);
	struct key key = key_of(name, content);
	assert_int_equal(key_index_lock(&key_index, now), 0);
	enum key_index_found found = key_index_find(&key_index, &secret, &key, now, &arena, line);
	key_index_unlock(&key_index);
	return found;
}

/* Writes a line, with a key or without one. */
static void write_line(const char *name, time_t now, char id[ID_LENGTH + 1])
{
	char text[KEY_TEXT + 1], stamp[DATE_STAMP];
	struct key key = key_of(name ? name : "", "content");
	struct text line = {.arena = &arena};
	date_stamp_write(stamp, (struct timespec){.tv_sec = now});
	key_write(&key, text);
	text_format(&line, LOG_LINE_START "-----------------------------\",\"form\":\"%s\",\"received\":\"%s\"",
		log_of_form.form, stamp);
	if (name)
		text_format(&line, ",\"key\":\"%s\"", text);
	text_put(&line, ",\"fields\":{}}\n");
	struct log_line written = {.bytes = line.bytes, .length = line.length};
	struct claim claim = {&key, now};
	struct key_index_line had;
	pass_time(now);
	assert_int_equal(key_index_lock(&key_index, now), 0);
	if (name)
		assert_int_equal(key_index_find(&key_index, &secret, &key, now, &arena, &had), KEY_ABSENT);
	assert_int_equal(log_write(&log_of_form, &secret, &written, now, name ? &(struct log_claim){claim_take, &claim} : NULL, id), 0);
	if (name)
		key_index_note(&key_index, &written);
	key_index_unlock(&key_index);
}

static void assert_known(const char *name, time_t now, const char *id)
{
	struct key_index_line line;
	assert_int_equal(found(name, "content", now, &line), KEY_FOUND);
	assert_string_equal(line.id, id);
	assert_int_equal(found(name, "other", now, &line), KEY_OTHER);
	assert_string_equal(line.id, id);
}

static void assert_unknown(const char *name, time_t now)
{
	struct key_index_line line;
	assert_int_equal(found(name, "content", now, &line), KEY_ABSENT);
}

static void a_key_is_found_also_when_the_day_has_changed(void **state)
{
	char id[ID_LENGTH + 1], late[ID_LENGTH + 1];
	time_t midnight = noon + A_DAY / 2;
	(void)state;
	begin_with("days", A_DAY);
	write_line("noon", noon, id);
	write_line("late", midnight - 1, late);
	assert_known("late", midnight, late);
	assert_known("noon", noon + A_DAY - 1, id);
	assert_unknown("noon", noon + A_DAY);
	unlink(table_path("days"));
	assert_known("late", midnight + 1, late);
	assert_known("noon", noon + A_DAY - 1, id);
	end_with();
}

/* Who took the time before midnight and had the lock after it does not know today's file. */
static void a_table_is_made_anew_with_what_others_wrote_after_midnight(void **state)
{
	char id[ID_LENGTH + 1];
	time_t midnight = noon + A_DAY / 2;
	(void)state;
	begin_with("midnight", A_DAY);
	write_line("early", midnight, id);
	unlink(table_path("midnight"));
	assert_unknown("another", midnight - 1);
	assert_known("early", midnight + 1, id);
	end_with();
}

static void after_a_boot_the_table_is_made_anew_from_what_is_remembered(void **state)
{
	char old[ID_LENGTH + 1], id[ID_LENGTH + 1];
	(void)state;
	begin_with("boot", A_DAY);
	write_line("old", noon - 5 * A_DAY, old);
	write_line("new", noon, id);
	struct stat before, after;
	assert_int_equal(stat(table_path("boot"), &before), 0);
	key_index_end(&key_index);
	key_index_begin(&key_index, &log_of_form, A_DAY);
	key_index.keys.marked = true; /* with the mark of no boot */
	assert_known("new", noon, id);
	assert_int_equal(said, 1);
	assert_int_equal(key_index.keys.table.entries, 1);
	assert_int_equal(stat(table_path("boot"), &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	assert_unknown("old", noon);
	end_with();
}

static void lines_without_keys_and_those_of_others_are_passed_over(void **state)
{
	char id[ID_LENGTH + 1], none[ID_LENGTH + 1];
	(void)state;
	begin_with("mixed", A_DAY);
	for (int i = 0; i < 100; i++)
		write_line(NULL, noon, none);
	assert_unknown("key", noon);
	write_line("key", noon, id);
	for (int i = 0; i < 100; i++)
		write_line(NULL, noon, none);
	assert_known("key", noon, id);
	unlink(table_path("mixed"));
	assert_known("key", noon, id);
	assert_int_equal(key_index.keys.table.entries, 1);
	end_with();
}

static void a_key_that_comes_again_and_again_takes_one_place(void **state)
{
	enum { TIMES = 50, A_WHILE = 10 };
	char id[ID_LENGTH + 1];
	(void)state;
	begin_with("again", A_WHILE);
	for (int i = 0; i < TIMES; i++) {
		assert_unknown("key", noon + i * A_WHILE);
		write_line("key", noon + i * A_WHILE, id);
		assert_known("key", noon + i * A_WHILE, id);
	}
	assert_int_equal(key_index.keys.table.entries, 1);
	end_with();
}

/* Each visitor may withdraw, and post once more with the same key. */
static void a_key_whose_line_is_erased_again_and_again_takes_one_place(void **state)
{
	enum { TIMES = 50 };
	char id[ID_LENGTH + 1];
	(void)state;
	begin_with("erased", A_DAY);
	for (int i = 0; i < TIMES; i++) {
		assert_unknown("key", noon);
		write_line("key", noon, id);
		assert_known("key", noon, id);
		assert_int_equal(log_line_erase(&log_of_form, &secret, span_of(id), &arena), LOG_FOUND);
	}
	assert_unknown("key", noon);
	assert_int_equal(key_index.keys.table.entries, 1);
	end_with();
}

/* Begins with a key whose only line is erased, and gives the table as it is then. */
static struct span begin_erased(const char *form)
{
	char id[ID_LENGTH + 1];
	struct span older;
	begin_with(form, A_DAY);
	write_line("key", noon, id);
	assert_int_equal(log_line_erase(&log_of_form, &secret, span_of(id), &arena), LOG_FOUND);
	assert_int_equal(file_read(table_path(form), 1 << 20, &arena, &older), 0);
	return older;
}

/* What is looked up in an older table may be wrong, so nothing is written on the strength of that. */
static void an_older_table_under_a_look_up_makes_no_second_line(void **state)
{
	char id[ID_LENGTH + 1];
	struct key key;
	struct key_index_line line;
	(void)state;
	struct span older = begin_erased("under");
	write_line("key", noon, id);
	key = key_of("key", "content");
	assert_int_equal(key_index_lock(&key_index, noon), 0);
	write_over(older, "under");
	assert_int_equal(key_index_find(&key_index, &secret, &key, noon, &arena, &line), KEY_ABSENT);
	assert_int_equal(key_index_add(&key_index, &key, (struct place){.day = log_of_form.file.day, .offset = 1 << 20}, noon), -1);
	key_index_unlock(&key_index);
	assert_known("key", noon, id);
	end_with();
}

static void an_older_table_under_an_append_loses_no_key(void **state)
{
	char id[ID_LENGTH + 1];
	(void)state;
	older_form = "append";
	older_table = begin_erased(older_form);
	write_line("key", noon, id);
	older_form = NULL;
	assert_known("key", noon, id);
	end_with();
}

static void write_many(unsigned from, unsigned to, time_t now)
{
	char id[ID_LENGTH + 1];
	pass_time(now);
	for (unsigned i = from; i < to; i++) {
		write_line(text_printed(&arena, "%u", i), now, id);
		if (i % 1000 == 0)
			arena_free(&arena);
	}
}

static void a_table_grows_and_keeps_all_its_keys(void **state)
{
	enum { MANY = 100000, OFTEN = 97 };
	struct key_index_line line;
	struct stat status;
	(void)state;
	begin_with("many", A_DAY);
	write_many(0, MANY, noon);
	for (unsigned i = 0; i < MANY; i += OFTEN)
		assert_int_equal(found(text_printed(&arena, "%u", i), "content", noon, &line), KEY_FOUND);
	assert_int_equal(key_index.keys.table.entries, MANY);
	assert_int_equal(said, 0);
	assert_int_equal(stat(table_path("many"), &status), 0);
	assert_in_range(status.st_size / MANY, 22, 182);
	end_with();
}

static void what_is_remembered_no_longer_makes_room(void **state)
{
	enum { SOME = 3000, DAYS = 10 };
	off_t size = 0;
	struct stat status;
	(void)state;
	begin_with("room", A_DAY);
	for (int day = 0; day < DAYS; day++) {
		write_many((unsigned)day * SOME, (unsigned)(day + 1) * SOME, noon + day * A_DAY);
		assert_int_equal(stat(table_path("room"), &status), 0);
		if (day == DAYS / 2)
			size = status.st_size;
	}
	assert_int_equal(status.st_size, size);
	assert_in_range(key_index.keys.table.entries, SOME, 8 * SOME);
	end_with();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_is_found_also_when_the_day_has_changed),
		TEST(a_table_is_made_anew_with_what_others_wrote_after_midnight),
		TEST(after_a_boot_the_table_is_made_anew_from_what_is_remembered),
		TEST(lines_without_keys_and_those_of_others_are_passed_over),
		TEST(a_key_that_comes_again_and_again_takes_one_place),
		TEST(a_key_whose_line_is_erased_again_and_again_takes_one_place),
		TEST(an_older_table_under_a_look_up_makes_no_second_line),
		TEST(an_older_table_under_an_append_loses_no_key),
		TEST(a_table_grows_and_keeps_all_its_keys),
		TEST(what_is_remembered_no_longer_makes_room),
	};
	return cmocka_run_group_tests_name("key_index", tests, group_begin, scratch_remove);
}
