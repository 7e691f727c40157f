/* The log: what is appended is found, by its id alone, on any day and from any node. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/date.h"
#include "base/span.h"
#include "base/text.h"
#include "kept.h"

static void what_is_appended_is_found(void **state)
{
	static const char *const forms[] = {"relaxed", "durable"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct log log, other;
		log_begin(&log, scratch, forms[i], "", i == 1);
		struct kept kept[] = {keep(&log, "one"), keep(&log, ""), keep(&log, "three\\n\xe2\x82\xac")};
		assert_holds(path_of(forms[i], DAY ".jsonl"), kept, 3);
		log_begin(&other, scratch, forms[i], "", false);
		for (size_t j = 0; j < 3; j++) {
			assert_found(&log, &kept[j]);
			assert_found(&other, &kept[j]);
		}
		log_end(&log);
		assert_found(&log, &kept[0]);
	}
	assert_int_equal(said, 0);
}

static void nothing_is_found_and_nothing_made_where_nothing_was_kept(void **state)
{
	struct log log, elsewhere;
	(void)state;
	log_begin(&log, scratch, "source", "", false);
	struct kept kept = keep(&log, "a");
	log_end(&log);
	log_begin(&elsewhere, scratch, "empty", "", false);
	assert_absent(&elsewhere, kept.id);
	assert_int_equal(access(path_of("empty", ""), F_OK), -1);
	assert_absent(&log, "");
	assert_absent(&log, "contact");
	assert_int_equal(said, 0);
}

static void an_id_finds_only_the_line_that_repeats_it(void **state)
{
	struct log log;
	struct span line;
	struct secret other = secret;
	(void)state;
	log_begin(&log, scratch, "ids", "", false);
	keep(&log, "before");
	struct kept kept = keep(&log, "a");
	keep(&log, "after");
	other.bytes[31] ^= 1;
	assert_int_equal(log_line_find(&log, &other, span_of(kept.id), &arena, &line), LOG_ABSENT);
	for (size_t i = 0; i < ID_LENGTH; i++)
		for (const char *c = "abcdefghijklmnopqrstuvwxyz234567A-"; *c; c++) {
			struct kept altered = kept;
			altered.id[i] = *c;
			if (*c != kept.id[i])
				assert_absent(&log, altered.id);
		}
	assert_found(&log, &kept);
	struct span whole = bytes_of(path_of("ids", DAY ".jsonl"));
	char *at = strstr(whole.bytes, kept.id);
	*at = *at == 'a' ? 'b' : 'a';
	int file = open(path_of("ids", DAY ".jsonl"), O_WRONLY);
	assert_int_equal(pwrite(file, whole.bytes, whole.length, 0), whole.length);
	close(file);
	assert_absent(&log, kept.id);
	log_end(&log);
}

static void a_line_of_any_length_is_found(void **state)
{
	static const size_t lengths[] = {4000, 4096 - 50, 4096, 8192, 65536, 700000};
	struct kept kept[sizeof lengths / sizeof *lengths];
	struct log log;
	(void)state;
	log_begin(&log, scratch, "long", "", false);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		kept[i] = keep(&log, many((char)('a' + i), lengths[i]));
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		assert_found(&log, &kept[i]);
	for (size_t n = 4096 - 80; n < 4096 - 40; n++) { /* one of these ends where a block does */
		struct kept edge = keep(&log, many('e', n));
		assert_found(&log, &edge);
	}
	log_end(&log);
}

static void each_day_has_a_file_and_the_clock_may_step_back(void **state)
{
	static const struct { time_t shift; const char *file; } days[] = {
		{0, DAY ".jsonl"}, {A_DAY / 2 - 1, DAY ".jsonl"}, {A_DAY / 2, "2026-11-24.jsonl"}, {-A_DAY / 2, DAY ".jsonl"},
		{-A_DAY / 2 - 1, "2026-11-22.jsonl"}, {400 * (time_t)A_DAY, "2027-12-28.jsonl"},
	};
	enum { DAYS = sizeof days / sizeof *days };
	struct kept kept[DAYS];
	struct log log;
	(void)state;
	log_begin(&log, scratch, "days", "", false);
	for (size_t i = 0; i < DAYS; i++) {
		struct text line = line_of(NULL, days[i].file);
		kept[i].payload = days[i].file;
		assert_int_equal(log_append(&log, &secret, line.bytes, line.length, noon + days[i].shift, kept[i].id), 0);
		assert_non_null(strstr(bytes_of(path_of("days", days[i].file)).bytes, kept[i].id));
	}
	for (size_t i = 0; i < DAYS; i++)
		assert_found(&log, &kept[i]);
	assert_int_equal(entries_of(path_of("days", "")), 4);
	log_end(&log);
}

static void each_node_writes_its_own_file_and_finds_those_of_all(void **state)
{
	static const char *const nodes[] = {"", "web1", "web2"},
		*const files[] = {DAY ".jsonl", DAY ".web1.jsonl", DAY ".web2.jsonl"};
	struct log logs[3];
	struct kept kept[3][2];
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		log_begin(&logs[i], scratch, "nodes", nodes[i], false);
		kept[i][0] = keep(&logs[i], "of one node");
		kept[i][1] = keep(&logs[i], "of it too");
	}
	assert_int_equal(entries_of(path_of("nodes", "")), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_holds(path_of("nodes", files[i]), kept[i], 2);
		for (size_t j = 0; j < 3; j++) {
			assert_found(&logs[i], &kept[j][0]);
			assert_found(&logs[i], &kept[j][1]);
		}
	}
	assert_int_equal(unlink(path_of("nodes", files[1])), 0);
	assert_absent(&logs[0], kept[1][0].id);
	for (size_t i = 0; i < 3; i++)
		log_end(&logs[i]);
}

static void a_folder_that_is_held_may_be_replaced(void **state)
{
	struct log log;
	(void)state;
	log_begin(&log, scratch, "replaced", "web1", false);
	keep(&log, "first"); /* makes the folder */
	keep(&log, "again");
	assert_true(log.file.folder.at >= 0);
	assert_int_equal(rename(path_of("replaced", ""), path_of("replaced-before", "")), 0);
	log.file.folder.since -= 2 * DATE_SECOND;
	struct kept kept = keep(&log, "second");
	assert_found(&log, &kept);
	assert_int_equal(unlink(path_of("replaced", DAY ".web1.jsonl")), 0);
	assert_int_equal(rmdir(path_of("replaced", "")), 0);
	kept = keep(&log, "third"); /* at once: nothing is found in a folder that was removed */
	assert_found(&log, &kept);
	log_end(&log);
}

static void nodes_that_share_a_number_find_each_others_lines(void **state)
{
	char twin[16];
	unsigned n = 0;
	struct log one, two, third;
	(void)state;
	do
		snprintf(twin, sizeof twin, "node%u", n++);
	while (id_node(twin) != id_node("web1"));
	log_begin(&one, scratch, "twins", "web1", false);
	log_begin(&two, scratch, "twins", twin, false);
	log_begin(&third, scratch, "twins", "", false);
	struct kept first = keep(&one, "one"), second = keep(&two, "two"), further = keep(&two, "another");
	const struct log *const all[] = {&one, &two, &third};
	for (size_t i = 0; i < 3; i++) {
		assert_found(all[i], &first);
		assert_found(all[i], &second);
		assert_found(all[i], &further);
	}
	log_end(&one);
	log_end(&two);
}

static void the_newest_day_is_that_of_a_file_of_this_node(void **state)
{
	static const char *const others[] = {"2031-01-01.web1.jsonl", "2031-01-01.jsonl.gz", "2031-02-30.jsonl", "x.jsonl"};
	struct log log;
	(void)state;
	log_begin(&log, scratch, "newest", "", false);
	assert_int_equal(log_day_newest(&log), LOG_DAY_NONE);
	struct kept kept = keep(&log, "a");
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		fclose(fopen(path_of("newest", others[i]), "w"));
	assert_int_equal(log_day_newest(&log), log.file.day);
	assert_found(&log, &kept);
	log_end(&log);
	assert_int_equal(said, 0);
}

static int take_length(void *context, struct place place, struct span line)
{
	struct text *told = context;
	text_format(told, "%llu:%zu ", (unsigned long long)place.offset, line.length);
	return 0;
}

static void each_line_of_a_day_is_handed_over_whatever_its_length(void **state)
{
	static const size_t lengths[] = {10, 256 * 1024 - 1, 256 * 1024, 700 * 1024, 10};
	struct text told = {.arena = &arena}, expected = {.arena = &arena};
	struct log log;
	size_t offset = 0;
	(void)state;
	log_begin(&log, scratch, "long", "", false);
	keep(&log, "a");
	log_end(&log);
	FILE *file = fopen(path_of("long", DAY ".jsonl"), "w");
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		for (size_t k = 0; k < lengths[i]; k++)
			fputc('x', file);
		fputc('\n', file);
		text_format(&expected, "%zu:%zu ", offset, lengths[i]);
		offset += lengths[i] + 1;
	}
	fputs("torn", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(log_day_each(&log, (struct place){.day = log.file.day}, take_length, &told), 0);
	assert_string_equal(text_string(&told), text_string(&expected));
	assert_int_equal(said, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_appended_is_found),
		TEST(nothing_is_found_and_nothing_made_where_nothing_was_kept),
		TEST(an_id_finds_only_the_line_that_repeats_it),
		TEST(a_line_of_any_length_is_found),
		TEST(each_day_has_a_file_and_the_clock_may_step_back),
		TEST(each_node_writes_its_own_file_and_finds_those_of_all),
		TEST(the_newest_day_is_that_of_a_file_of_this_node),
		TEST(each_line_of_a_day_is_handed_over_whatever_its_length),
		TEST(a_folder_that_is_held_may_be_replaced),
		TEST(nodes_that_share_a_number_find_each_others_lines),
	};
	return cmocka_run_group_tests_name("log", tests, group_begin, scratch_remove);
}
