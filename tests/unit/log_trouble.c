/* The log in trouble: torn, moved, full, in the way, or written by many at once; what was acknowledged stays. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "base/span.h"
#include "base/text.h"
#include "kept.h"

static void add_bytes(const char *path, const char *bytes, size_t n)
{
	int file = open(path, O_WRONLY | O_APPEND);
	assert_true(file >= 0);
	assert_int_equal(write(file, bytes, n), n);
	assert_int_equal(close(file), 0);
}

static void a_torn_tail_is_cut_and_the_lines_before_it_stay(void **state)
{
	static const size_t tails[] = {1, 2, 100, 4095, 4096, 4097, 8192, 300000};
	const char *path = path_of("torn", DAY ".jsonl");
	struct kept kept[sizeof tails / sizeof *tails + 1];
	struct log log;
	size_t n = 0;
	(void)state;
	log_begin(&log, scratch, "torn", "", false);
	kept[n++] = keep(&log, "first");
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		add_bytes(path, many(i % 2 ? '\0' : '{', tails[i]), tails[i]);
		kept[n++] = keep(&log, "next");
		assert_int_equal(said, i + 1);
		assert_holds(path, kept, n);
	}
	for (size_t i = 0; i < n; i++)
		assert_found(&log, &kept[i]);
	log_end(&log);
}

static void a_file_that_holds_nothing_but_a_torn_line_is_emptied_first(void **state)
{
	const char *path = path_of("all-torn", DAY ".jsonl");
	struct log log;
	(void)state;
	log_begin(&log, scratch, "all-torn", "", true);
	keep(&log, "gone");
	assert_int_equal(truncate(path, 0), 0);
	add_bytes(path, many('x', 10000), 10000);
	struct kept kept = keep(&log, "new");
	assert_holds(path, &kept, 1);
	assert_found(&log, &kept);
	log_end(&log);
}

static void a_line_without_its_newline_is_not_shown(void **state)
{
	const char *path = path_of("unended", DAY ".jsonl");
	struct log log;
	(void)state;
	log_begin(&log, scratch, "unended", "", false);
	struct kept kept[] = {keep(&log, "whole"), keep(&log, "torn")};
	assert_int_equal(truncate(path, (off_t)bytes_of(path).length - 1), 0);
	assert_absent(&log, kept[1].id);
	struct kept torn = kept[1];
	kept[1] = keep(&log, "after");
	assert_holds(path, kept, 2);
	assert_absent(&log, torn.id);
	assert_found(&log, &kept[0]);
	assert_found(&log, &kept[1]);
	log_end(&log);
}

static void a_file_that_was_renamed_or_removed_is_let_go(void **state)
{
	const char *path = path_of("moved", DAY ".jsonl"), *aside = path_of("moved", DAY ".old");
	struct log log, other;
	(void)state;
	log_begin(&log, scratch, "moved", "", true);
	struct kept old = keep(&log, "old");
	assert_int_equal(rename(path, aside), 0);
	struct kept new = keep(&log, "new");
	assert_holds(aside, &old, 1);
	assert_holds(path, &new, 1);
	assert_absent(&log, old.id);
	assert_found(&log, &new);
	assert_int_equal(unlink(path), 0);
	struct kept newer[2];
	log_begin(&other, scratch, "moved", "", false);
	newer[0] = keep(&other, "newer, by somebody else");
	newer[1] = keep(&log, "newer");
	assert_holds(path, newer, 2);
	assert_int_equal(rename(path_of("moved", ""), path_of("away", "")), 0);
	struct kept newest = keep(&log, "newest");
	assert_holds(path, &newest, 1);
	assert_holds(path_of("away", DAY ".jsonl"), newer, 2);
	assert_found(&log, &newest);
	log_end(&other);
	log_end(&log);
}

static void where_a_file_stands_in_the_way_nothing_is_kept_or_made(void **state)
{
	struct log log, below, elsewhere;
	struct kept kept;
	(void)state;
	FILE *file = fopen(path_of("in-the-way", ""), "wx");
	assert_non_null(file);
	fputs("mine", file);
	assert_int_equal(fclose(file), 0);
	log_begin(&elsewhere, scratch, "elsewhere", "", false);
	struct kept other = keep(&elsewhere, "a");
	log_end(&elsewhere);
	size_t before = entries_of(scratch);
	log_begin(&log, scratch, "in-the-way", "", true);
	assert_int_equal(try_to_keep(&log, "a", &kept), -1);
	assert_int_equal(said, 1);
	log_begin(&below, path_of("in-the-way", ""), "contact", "", true);
	assert_int_equal(try_to_keep(&below, "a", &kept), -1);
	assert_int_equal(said, 2);
	assert_true(span_is(bytes_of(path_of("in-the-way", "")), "mine"));
	assert_int_equal(entries_of(scratch), before);
	assert_absent(&log, other.id);
	assert_int_equal(unlink(path_of("in-the-way", "")), 0);
	kept = keep(&log, "now");
	assert_found(&log, &kept);
	log_end(&log);
}

static void limit_files_to(rlim_t most)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = most == RLIM_INFINITY ? limit.rlim_max : most;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Appends with only room more bytes on the disk, so to say. */
static int keep_with_room(struct log *log, const char *path, size_t room, const char *payload)
{
	struct kept kept;
	struct text line = line_of(NULL, payload);
	size_t size = access(path, F_OK) == 0 ? bytes_of(path).length : 0;
	assert_true(room < line.length);
	limit_files_to(size + room);
	int result = try_to_keep(log, payload, &kept);
	limit_files_to(RLIM_INFINITY);
	return result;
}

static void a_full_disk_leaves_the_file_as_it_was(void **state)
{
	static const size_t rooms[] = {0, 1, 50, 4096};
	const char *path = path_of("full", DAY ".jsonl"), *payload = many('p', 5000);
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	struct log log, other;
	(void)state;
	alarm(10); /* who waits for a lock waits for ever */
	for (int durable = 0; durable < 2; durable++) {
		struct kept kept[6];
		size_t n = 0;
		log_begin(&log, scratch, "full", "", durable);
		log_begin(&other, scratch, "full", "", durable);
		said = 0;
		assert_int_equal(keep_with_room(&log, path, 10, payload), -1);
		assert_int_equal(bytes_of(path).length, 0);
		kept[n++] = keep(&log, "first");
		for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
			assert_int_equal(keep_with_room(&log, path, rooms[i], payload), -1);
			assert_holds(path, kept, n);
			assert_int_equal(said, i + 2);
			kept[n++] = keep(i % 2 ? &log : &other, "next"); /* the lock is not kept */
			assert_holds(path, kept, n);
		}
		log_end(&other);
		for (size_t i = 0; i < n; i++)
			assert_found(&log, &kept[i]);
		log_end(&log);
		assert_int_equal(unlink(path), 0);
	}
	alarm(0);
	signal(SIGXFSZ, before);
}

static void a_file_ends_where_ids_can_no_longer_point(void **state)
{
	const char *path = path_of("huge", DAY ".jsonl");
	struct text line = line_of(NULL, "last");
	struct stat status;
	struct log log;
	(void)state;
	log_begin(&log, scratch, "huge", "", false);
	keep(&log, "first");
	int file = open(path, O_WRONLY);
	if (pwrite(file, "\n", 1, (off_t)(ID_OFFSET_END - line.length - 1)) != 1) {
		close(file);
		skip(); /* a file system that has no files of a tebibyte */
	}
	close(file);
	struct kept last = keep(&log, "last"), none;
	assert_found(&log, &last);
	assert_int_equal(try_to_keep(&log, "one too many", &none), -1);
	assert_int_equal(said, 1);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, ID_OFFSET_END);
	assert_found(&log, &last);
	log_end(&log);
}

/* --- many at once --------------------------------------------------------------------------------------------- */

enum { PROCESSES = 8, EACH = 200, ALL = PROCESSES * EACH };

struct note {
	char id[ID_LENGTH + 1];
	int process, turn;
};

static const char *payload_of(const struct note *note)
{
	return text_printed(&arena, "%d of %d%s", note->turn, note->process, many('.', (size_t)note->turn % 7 * 100));
}

/* What a process does; nothing of cmocka may run here. */
static _Noreturn void append_and_tell(int process, int pipe)
{
	struct log log;
	signal(SIGSEGV, SIG_DFL);
	log_begin(&log, scratch, "at-once", "", false);
	for (int i = 0; i < EACH; i++) {
		struct note note = {.process = process, .turn = i};
		struct text line = line_of(NULL, payload_of(&note));
		if (log_append(&log, &secret, line.bytes, line.length, noon, note.id) < 0 || write(pipe, &note,
			sizeof note) != sizeof note)
			_exit(1);
	}
	_exit(0);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct note *)a)->id, ((const struct note *)b)->id);
}

static void many_processes_at_once_lose_nothing_and_tear_nothing(void **state)
{
	static struct note notes[ALL];
	static bool seen[PROCESSES][EACH];
	int ends[2], status;
	pid_t children[PROCESSES];
	struct log log;
	size_t n = 0, total = 0, lines = 0;
	(void)state;
	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0)
			append_and_tell(i, ends[1]);
		assert_true(children[i] > 0);
	}
	close(ends[1]);
	while (n < ALL && read(ends[0], &notes[n], sizeof *notes) == sizeof *notes)
		n++;
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	close(ends[0]);
	assert_int_equal(n, ALL);
	log_begin(&log, scratch, "at-once", "", false);
	for (size_t i = 0; i < ALL; i++) {
		struct kept kept = {.payload = payload_of(&notes[i])};
		memcpy(kept.id, notes[i].id, sizeof kept.id);
		assert_found(&log, &kept);
		total += line_of(kept.id, kept.payload).length;
		assert_false(seen[notes[i].process][notes[i].turn]);
		seen[notes[i].process][notes[i].turn] = true;
	}
	struct span whole = bytes_of(path_of("at-once", DAY ".jsonl"));
	for (size_t i = 0; i < whole.length; i++)
		lines += whole.bytes[i] == '\n';
	assert_int_equal(lines, ALL);
	assert_int_equal(whole.length, total);
	qsort(notes, ALL, sizeof *notes, by_id);
	for (size_t i = 1; i < ALL; i++)
		assert_string_not_equal(notes[i].id, notes[i - 1].id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_torn_tail_is_cut_and_the_lines_before_it_stay),
		TEST(a_file_that_holds_nothing_but_a_torn_line_is_emptied_first),
		TEST(a_line_without_its_newline_is_not_shown),
		TEST(a_file_that_was_renamed_or_removed_is_let_go),
		TEST(where_a_file_stands_in_the_way_nothing_is_kept_or_made),
		TEST(a_full_disk_leaves_the_file_as_it_was),
		TEST(a_file_ends_where_ids_can_no_longer_point),
		TEST(many_processes_at_once_lose_nothing_and_tear_nothing),
	};
	return cmocka_run_group_tests_name("log_trouble", tests, group_begin, scratch_remove);
}
