/* Claims: one line of a key lives, whatever was left by posts that died, and in whatever generation its claim is. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/date.h"
#include "base/file.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/claim.h"
#include "keep/claimed.h"
#include "keep/decided.h"
#include "keep/decided_file.h"
#include "keep/decided_nodes.h"
#include "keep/keyed_claims.h"
#include "keep/record.h"
#include "kept.h"

enum { AN_HOUR = 60 * 60, LONG = 1000000000 /* microseconds for deciding */ };

/* A host. */
struct host {
	struct log log;
	struct keyed_claims keyed;
};

static struct host a, b;
static const char *form_name;

/* A form of its own for each test, with keys that are remembered for an hour. */
static void begin_hosts(const char *form)
{
	form_name = form;
	struct host *hosts[] = {&a, &b};
	for (int i = 0; i < 2; i++) {
		log_begin(&hosts[i]->log, scratch, form, i ? "b" : "a", false);
		hosts[i]->keyed = (struct keyed_claims){.log = &hosts[i]->log, .remember = AN_HOUR};
	}
}

static void end_hosts(void)
{
	log_end(&a.log);
	log_end(&b.log);
}

static struct key key_of(const char *name, const char *content)
{
	struct key key;
	struct submission submission = {.arena = &arena};
	submission_add(&submission, span_of("a"), span_of(content));
	key_make(&key, &secret, KEY_HEADER, span_of(name), "form", &submission);
	key.seconds = AN_HOUR;
	return key;
}

static struct text keyed_line(const struct key *key, time_t now)
{
	char text[KEY_TEXT + 1], stamp[DATE_STAMP];
	struct text line = {.arena = &arena};
	key_write(key, text);
	date_stamp_write(stamp, (struct timespec){.tv_sec = now});
	text_format(&line,
		LOG_LINE_START "-----------------------------\",\"form\":\"%s\",\"received\":\"%s\",\"key\":\"%s\",\"fields\":{},"
			       "\"files\":[],\"client\":{\"address\":null,\"agent\":null}}\n",
		form_name, stamp, text);
	return line;
}

/* Time has passed till now, and no clock has leapt. */
static void pass_time(time_t now)
{
	struct text clock = {.arena = &arena};
	text_format(&clock, "{\"boot\":\"\",\"uptime\":%lld,\"time\":%lld}", (long long)date_since_boot(), (long long)now);
	for (int i = 0; i < 2; i++) {
		const char *path = text_printed(&arena, "%s/clock.%s", scratch, i ? "b" : "a");
		assert_int_equal(file_put(path, clock.bytes, clock.length, false, false), 0);
	}
}

static enum store_kept post(struct host *host, const char *name, const char *content, time_t now, char id[ID_LENGTH + 1])
{
	struct key key = key_of(name, content);
	struct text line = keyed_line(&key, now);
	pass_time(now);
	return keyed_claims_keep(&host->keyed, &secret, &line, now, &key, id);
}

/* Writes a line as a post that dies before its claim. */
static void leave(struct host *host, const char *name, time_t now, char id[ID_LENGTH + 1])
{
	struct key key = key_of(name, "x");
	struct text text = keyed_line(&key, now);
	struct log_line line = {.bytes = text.bytes, .length = text.length};
	struct generation generation;
	assert_int_equal(generation_renew(&generation, &host->log, now), 0);
	assert_int_equal(decided_begin(&host->log, &generation, AN_HOUR, now), 0);
	assert_int_equal(log_write(&host->log, &secret, &line, now, NULL, id), 0);
}

static int decide(struct host *host, time_t now)
{
	struct decided decided;
	return decided_advance(&decided, &host->log, &secret, AN_HOUR, now, LONG);
}

static bool lives(const char *id)
{
	struct span line;
	return log_line_find(&a.log, &secret, span_of(id), &arena, &line) == LOG_FOUND && !record_erased(line);
}

/* Tells whether a reader on host a shows a line. */
static bool is_shown(const char *id)
{
	struct config config = {.data = scratch, .node = "a"};
	struct form form = {.name = form_name};
	struct claimed claimed;
	struct place place;
	struct span line;
	assert_true(id_read(span_of(id), &secret, &place));
	assert_int_equal(log_line_find(&a.log, &secret, span_of(id), &arena, &line), LOG_FOUND);
	claimed_begin(&claimed, &config, &form);
	bool shows = claimed_shows(&claimed, place, line);
	claimed_end(&claimed);
	return shows;
}

static void begin_next(time_t now)
{
	struct generation generation = {0};
	assert_int_equal(generation_renew(&generation, &a.log, now), 0);
	uint64_t had = generation.number;
	generation.begun = 0;
	char path[PATH_MAX];
	generation_path(&a.log, had + 1, path);
	assert_int_equal(mkdir(path, 0750), 0);
	assert_int_equal(generation_sealed(&a.log, had), 0);
	assert_int_equal(symlink(text_printed(&arena, "%lld", (long long)now), text_printed(&arena, "%s/begun", path)), 0);
	assert_int_equal(generation_sealed(&a.log, had), 1);
}

static void the_end_of_a_chain_is_found_however_long(void **state)
{
	struct claim_last last;
	struct claim claim = {.seconds = 60};
	struct generation generation = {0};
	char id[ID_LENGTH + 1];
	(void)state;
	begin_hosts("chain");
	leave(&a, "other", noon, id);
	assert_int_equal(generation_renew(&generation, &a.log, noon), 0);
	struct key key = key_of("key", "x");
	for (uint64_t n = 0; n < 70; n++) {
		assert_int_equal(claim_find_last(&last, &a.log, 1, &key), 0);
		assert_int_equal(last.n, n);
		snprintf(claim.id, sizeof claim.id, "%029d", (int)n);
		assert_int_equal(claim_put(&a.log, 1, &key, n, &claim), CLAIM_PUT);
		assert_int_equal(claim_put(&b.log, 1, &key, n, &claim), CLAIM_TAKEN);
		assert_int_equal(claim_find_last(&last, &b.log, 1, &key), 0);
		assert_string_equal(last.claim.id, claim.id);
		assert_int_equal(last.claim.seconds, 60);
		for (uint64_t i = 0; i < 72; i += 7)
			assert_int_equal(claim_names(&b.log, 1, &key, span_of(text_printed(&arena, "%029d", (int)i))), i <= n);
	}
	assert_int_equal(claim_put(&a.log, 7, &key, 0, &claim), CLAIM_GONE);
	assert_int_equal(claim_find_last(&last, &a.log, 7, &key), 0);
	assert_int_equal(last.n, 0);
	end_hosts();
}

static void a_key_has_one_line_on_both_hosts(void **state)
{
	char first[ID_LENGTH + 1], id[ID_LENGTH + 1];
	(void)state;
	begin_hosts("both");
	assert_int_equal(post(&a, "key", "x", noon, first), STORE_KEPT);
	assert_int_equal(post(&b, "key", "x", noon + 5, id), STORE_KEPT_BEFORE);
	assert_string_equal(id, first);
	assert_int_equal(post(&b, "key", "y", noon + 6, id), STORE_KEPT_OTHER);
	assert_int_equal(post(&b, "key", "x", noon + AN_HOUR - 1, id), STORE_KEPT_BEFORE);
	assert_string_equal(id, first);
	assert_int_equal(post(&a, "key", "x", noon + AN_HOUR, id), STORE_KEPT);
	assert_string_not_equal(id, first);
	end_hosts();
}

static void a_generation_is_begun_once_and_lasts(void **state)
{
	char id[ID_LENGTH + 1];
	uint64_t oldest, newest;
	(void)state;
	begin_hosts("lasts");
	for (int n = 0; n < 8; n++) {
		time_t now = noon + n * AN_HOUR / 2;
		assert_int_equal(post(n % 2 ? &a : &b, text_printed(&arena, "key %d", n), "x", now, id), STORE_KEPT);
		assert_int_equal(generation_range(&a.log, &oldest, &newest), 0);
		assert_int_equal(newest, 1 + n / 2);
	}
	assert_int_equal(generation_remove(&a.log, 2, LONG), 0);
	assert_int_equal(generation_range(&a.log, &oldest, &newest), 0);
	assert_int_equal(oldest, 3);
	assert_int_equal(generation_remove(&a.log, 9, LONG), 0); /* the newest stays whatever is asked for */
	assert_int_equal(generation_range(&a.log, &oldest, &newest), 0);
	assert_int_equal(newest, 4);
	end_hosts();
}

static void a_claim_is_repeated_in_the_next_generation(void **state)
{
	char first[ID_LENGTH + 1], id[ID_LENGTH + 1];
	(void)state;
	begin_hosts("repeated");
	assert_int_equal(post(&a, "key", "x", noon, first), STORE_KEPT);
	begin_next(noon);
	assert_int_equal(post(&a, "key", "x", noon, id), STORE_KEPT_BEFORE); /* it knows the first only, finds that sealed, and goes on */
	assert_string_equal(id, first);
	struct key key = key_of("key", "x");
	assert_int_equal(claim_names(&a.log, 2, &key, span_of(first)), 1);
	begin_next(noon);
	assert_int_equal(post(&b, "key", "x", noon, id), STORE_KEPT_BEFORE);
	assert_string_equal(id, first);
	end_hosts();
}

static void a_folder_that_is_held_may_be_removed(void **state)
{
	char one[ID_LENGTH + 1], two[ID_LENGTH + 1];
	struct claim claim = {.seconds = 60};
	(void)state;
	begin_hosts("held");
	assert_int_equal(post(&a, "one", "x", noon, one), STORE_KEPT);
	struct key key = key_of("two", "x");
	begin_next(noon);
	begin_next(noon);
	assert_int_equal(generation_remove(&b.log, 1, LONG), 0);
	assert_true(a.log.claims.at >= 0 && a.log.generation == 1);
	assert_int_equal(generation_sealed(&a.log, 1), 1);
	assert_int_equal(claim_put(&a.log, 1, &key, 0, &claim), CLAIM_GONE);
	assert_int_equal(claim_sync(&a.log, 1, claim_folder(&key)), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(post(&a, "two", "x", noon, two), STORE_KEPT);
	assert_int_equal(claim_names(&b.log, 3, &key, span_of(two)), 1);
	assert_int_equal(a.log.generation, 3);
	end_hosts();
}

static void another_folder_may_get_the_name_of_one_that_is_held(void **state)
{
	char path[PATH_MAX], id[ID_LENGTH + 1];
	struct claim claim = {.seconds = 60};
	(void)state;
	begin_hosts("renamed");
	assert_int_equal(post(&a, "one", "x", noon, id), STORE_KEPT);
	struct key key = key_of("two", "x");
	strcpy(claim.id, id);
	generation_path(&a.log, 1, path);
	assert_int_equal(rename(path, text_printed(&arena, "%s.old", path)), 0);
	assert_int_equal(mkdir(path, 0750), 0);
	a.log.claims.since -= 2 * DATE_SECOND;
	generation_hold(&a.log, 1);
	assert_int_equal(claim_put(&a.log, 1, &key, 0, &claim), CLAIM_PUT);
	assert_int_equal(claim_names(&b.log, 1, &key, span_of(id)), 1);
	end_hosts();
}

static void a_line_that_nobody_rivals_is_claimed(void **state)
{
	char left[ID_LENGTH + 1], id[ID_LENGTH + 1];
	(void)state;
	begin_hosts("unrivalled");
	leave(&a, "key", noon, left);
	assert_false(is_shown(left));
	assert_int_equal(decide(&a, noon + 5), 1); /* its post may be under way */
	assert_false(is_shown(left));
	assert_int_equal(decide(&a, noon + 60), 0);
	assert_true(lives(left) && is_shown(left));
	assert_int_equal(post(&b, "key", "x", noon + 61, id), STORE_KEPT_BEFORE);
	assert_string_equal(id, left);
	end_hosts();
}

static void a_line_becomes_void_if_another_has_its_key(void **state)
{
	char left[ID_LENGTH + 1], id[ID_LENGTH + 1];
	(void)state;
	begin_hosts("rivalled");
	leave(&a, "key", noon, left);
	assert_int_equal(post(&b, "key", "x", noon + 30, id), STORE_KEPT);
	assert_false(is_shown(left));
	assert_int_equal(decide(&a, noon + 60), 0);
	assert_false(lives(left));
	assert_true(lives(id) && is_shown(id));
	end_hosts();
}

static void a_line_becomes_void_if_the_other_is_in_another_generation(void **state)
{
	char left[ID_LENGTH + 1], id[ID_LENGTH + 1];
	(void)state;
	begin_hosts("generations");
	leave(&a, "key", noon, left);
	assert_int_equal(post(&b, "key", "x", noon + 30, id), STORE_KEPT);
	for (int i = 0; i < 3; i++)
		begin_next(noon);
	assert_int_equal(decide(&a, noon + 2 * AN_HOUR), 0);
	assert_true(!lives(left) && lives(id));
	end_hosts();
}

static void a_line_becomes_void_if_the_other_was_erased(void **state)
{
	char left[ID_LENGTH + 1], id[ID_LENGTH + 1];
	(void)state;
	begin_hosts("erased");
	leave(&a, "key", noon, left);
	assert_int_equal(post(&b, "key", "x", noon + 30, id), STORE_KEPT);
	assert_int_equal(log_line_erase(&b.log, &secret, span_of(id), &arena), LOG_FOUND);
	assert_int_equal(decide(&a, noon + 60), 0);
	assert_true(!lives(left) && !lives(id));
	end_hosts();
}

/* Overwrites a part of the line that a place begins. */
static void overwrite(struct place place, size_t at, const char *bytes, size_t n)
{
	char path[PATH_MAX];
	log_path(&a.log, place.day, a.log.node, path);
	int file = open(path, O_WRONLY);
	assert_int_equal(pwrite(file, bytes, n, (off_t)(place.offset + at)), n);
	close(file);
}

static void what_a_power_cut_left_of_a_void_line_is_removed(void **state)
{
	(void)state;
	static const char *const left[] = {"v", LOG_VOID};
	char id[ID_LENGTH + 1];
	struct place place;
	struct span line;
	begin_hosts("half");
	for (size_t i = 0; i < 2; i++) {
		leave(&a, text_printed(&arena, "half%zu", i), noon, id);
		assert_true(id_read(span_of(id), &secret, &place));
		assert_int_equal(log_line_next(&a.log, place, &arena, &line, NULL), LOG_FOUND);
		overwrite(place, i ? 0 : LOG_VOID_MARK, left[i], strlen(left[i]));
		overwrite(place, line.length - 20, "          ", 10);
		assert_int_equal(log_line_find(&a.log, &secret, span_of(id), &arena, &line), LOG_ABSENT);
		assert_int_equal(decide(&a, noon + 60), 0);
		assert_int_equal(log_line_next(&a.log, place, &arena, &line, NULL), LOG_FOUND);
		assert_true(log_line_is_whole_void(line));
	}
	end_hosts();
}

static void a_line_lives_if_the_other_was_over(void **state)
{
	char first[ID_LENGTH + 1], left[ID_LENGTH + 1], id[ID_LENGTH + 1];
	(void)state;
	begin_hosts("apart");
	assert_int_equal(post(&b, "key", "x", noon, first), STORE_KEPT);
	leave(&a, "key", noon + AN_HOUR, left);
	assert_int_equal(decide(&a, noon + AN_HOUR + 60), 0);
	assert_true(lives(first) && lives(left));
	assert_int_equal(post(&b, "key", "x", noon + AN_HOUR + 61, id), STORE_KEPT_BEFORE);
	assert_string_equal(id, left);
	end_hosts();
}

/* Nobody was told of it; were it left as it is, it would be an outcome once the other is withdrawn, and would not be as long as that lives. */
static void a_line_becomes_void_if_another_came_later(void **state)
{
	char left[ID_LENGTH + 1], last[ID_LENGTH + 1], id[ID_LENGTH + 1], path[PATH_MAX];
	(void)state;
	begin_hosts("later");
	leave(&a, "key", noon, left);
	snprintf(path, sizeof path, "%s/%s/decided.a", scratch, form_name);
	struct span before;
	assert_int_equal(file_read(path, 128, &arena, &before), 0);
	assert_int_equal(post(&b, "key", "x", noon + AN_HOUR + 1, last), STORE_KEPT);
	assert_int_equal(decide(&a, noon + AN_HOUR + 60), 0);
	assert_true(!lives(left) && lives(last));
	assert_int_equal(log_line_erase(&b.log, &secret, span_of(last), &arena), LOG_FOUND);
	assert_int_equal(file_put(path, before.bytes, before.length, false, false), 0); /* as after a crash */
	assert_int_equal(decide(&a, noon + AN_HOUR + 120), 0);
	assert_true(!lives(left) && !lives(last));
	assert_int_equal(post(&a, "key", "x", noon + AN_HOUR + 121, id), STORE_KEPT);
	end_hosts();
}

/* The newest generation has no claim of the key yet: one for the earlier line would hide the later one, which is remembered. */
static void a_late_decision_hides_no_later_line(void **state)
{
	char left[ID_LENGTH + 1], last[ID_LENGTH + 1], id[ID_LENGTH + 1];
	struct key key = key_of("key", "x");
	struct claim claim = {.seconds = AN_HOUR};
	(void)state;
	for (int named = 0; named < 2; named++) {
		begin_hosts(named ? "hidden named" : "hidden");
		leave(&a, "key", noon, left);
		if (named) { /* its post died after the claim */
			struct generation generation = {0};
			assert_int_equal(generation_renew(&generation, &a.log, noon), 0);
			memcpy(claim.id, left, sizeof left);
			assert_int_equal(claim_put(&a.log, generation.number, &key, 0, &claim), CLAIM_PUT);
		}
		begin_next(noon + AN_HOUR / 2); /* with the first: the second post comes while this one is the newest */
		assert_int_equal(post(&b, "key", "x", noon + AN_HOUR + 1, last), STORE_KEPT);
		begin_next(noon + AN_HOUR + 2);
		assert_int_equal(decide(&a, noon + AN_HOUR + 60), 0);
		assert_int_equal(lives(left), named);
		assert_int_equal(post(&b, "key", "x", noon + AN_HOUR + 61, id), STORE_KEPT_BEFORE);
		assert_string_equal(id, last);
		end_hosts();
	}
}

/* The file is flushed after the claims, and makes them durable; no task may be done for their lines before. */
static void nothing_counts_as_decided_before_its_claim_is_durable(void **state)
{
	char left[ID_LENGTH + 1];
	struct decided decided;
	struct place place;
	(void)state;
	begin_hosts("unflushed");
	leave(&a, "key", noon, left);
	assert_true(id_read(span_of(left), &secret, &place));
	const char *fresh = text_printed(&arena, "%s/%s/decided.a.%ld.new", scratch, form_name, (long)getpid());
	assert_int_equal(mkdir(fresh, 0750), 0);
	assert_int_equal(decided_advance(&decided, &a.log, &secret, AN_HOUR, noon + 60, LONG), -1);
	assert_false(decided_file_covers(&decided, place.day, place.offset));
	assert_int_equal(rmdir(fresh), 0);
	assert_int_equal(decided_advance(&decided, &a.log, &secret, AN_HOUR, noon + 60, LONG), 0);
	assert_true(decided_file_covers(&decided, place.day, place.offset) && lives(left));
	end_hosts();
}

/* As if a host had slept before it put its claim in a generation that was sealed meanwhile, and died then. */
static void a_claim_in_an_old_generation_yields_to_one_in_the_newest(void **state)
{
	char left[ID_LENGTH + 1], id[ID_LENGTH + 1];
	struct key key = key_of("key", "x");
	struct claim claim = {.seconds = AN_HOUR};
	(void)state;
	begin_hosts("late");
	assert_int_equal(post(&a, "other", "x", noon, id), STORE_KEPT);
	leave(&a, "key", noon, left);
	begin_next(noon);
	assert_int_equal(post(&b, "key", "x", noon + 30, id), STORE_KEPT);
	memcpy(claim.id, left, sizeof left);
	assert_int_equal(claim_put(&a.log, 1, &key, 0, &claim), CLAIM_PUT);
	assert_int_equal(decide(&a, noon + 60), 0);
	assert_true(!lives(left) && lives(id));
	end_hosts();
}

static void a_line_that_an_old_generation_claims_is_claimed_in_the_newest(void **state)
{
	char first[ID_LENGTH + 1];
	struct key key = key_of("key", "x");
	(void)state;
	begin_hosts("old");
	assert_int_equal(post(&a, "key", "x", noon, first), STORE_KEPT);
	begin_next(noon);
	assert_int_equal(decide(&a, noon + 60), 0);
	assert_true(lives(first));
	assert_int_equal(claim_names(&a.log, 2, &key, span_of(first)), 1);
	end_hosts();
}

static void what_was_decided_before_never_becomes_void(void **state)
{
	char ids[4][ID_LENGTH + 1], path[PATH_MAX];
	(void)state;
	begin_hosts("known");
	for (int i = 0; i < 4; i++) /* two hosts, and keys of which nobody knows how long they were remembered */
		leave(i % 2 ? &a : &b, i < 2 ? "one" : "two", noon + i, ids[i]);
	snprintf(path, sizeof path, "%s/%s/decided.a", scratch, form_name);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof path, "%s/%s/decided.b", scratch, form_name);
	assert_int_equal(unlink(path), 0);
	struct host *hosts[] = {&a, &b};
	struct generation generation;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(generation_renew(&generation, &a.log, noon + 60), 0);
		assert_int_equal(decided_begin(&hosts[i]->log, &generation, AN_HOUR, noon + 60), 0);
		assert_int_equal(decide(hosts[i], noon + 60), 0);
	}
	for (int i = 0; i < 4; i++)
		assert_true(lives(ids[i]) && is_shown(ids[i]));
	end_hosts();
}

static void lines_around_midnight_are_decided(void **state)
{
	char early[ID_LENGTH + 1], late[ID_LENGTH + 1];
	const time_t midnight = noon + 12 * AN_HOUR;
	(void)state;
	begin_hosts("midnight");
	leave(&a, "early", midnight + 1, early);
	assert_int_equal(decide(&a, midnight + 60), 0);
	assert_true(is_shown(early));
	leave(&a, "late", midnight - 1, late); /* a post that began before midnight, and writes to the log of the day before */
	assert_false(is_shown(late));
	assert_int_equal(decide(&a, midnight + 61), 0);
	assert_true(is_shown(late));
	end_hosts();
}

static void generations_stay_while_a_host_may_need_them(void **state)
{
	char id[ID_LENGTH + 1];
	uint64_t needed;
	(void)state;
	begin_hosts("needed");
	assert_int_equal(post(&b, "key", "x", noon, id), STORE_KEPT);
	assert_int_equal(decide(&b, noon + 60), 0);
	assert_int_equal(decided_nodes_need(&a.log, &needed), 0);
	assert_true(needed == UINT64_MAX);
	begin_next(noon);
	leave(&b, "other", noon + 70, id);
	assert_int_equal(decided_nodes_need(&a.log, &needed), 0);
	assert_int_equal(needed, 1);
	assert_int_equal(decide(&b, noon + 90), 0);
	assert_int_equal(decided_nodes_need(&a.log, &needed), 0);
	assert_true(needed == UINT64_MAX);
	end_hosts();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_end_of_a_chain_is_found_however_long),
		TEST(a_key_has_one_line_on_both_hosts),
		TEST(a_generation_is_begun_once_and_lasts),
		TEST(a_claim_is_repeated_in_the_next_generation),
		TEST(a_folder_that_is_held_may_be_removed),
		TEST(another_folder_may_get_the_name_of_one_that_is_held),
		TEST(a_line_that_nobody_rivals_is_claimed),
		TEST(a_line_becomes_void_if_another_has_its_key),
		TEST(a_line_becomes_void_if_the_other_is_in_another_generation),
		TEST(a_line_becomes_void_if_the_other_was_erased),
		TEST(what_a_power_cut_left_of_a_void_line_is_removed),
		TEST(a_line_lives_if_the_other_was_over),
		TEST(a_line_becomes_void_if_another_came_later),
		TEST(a_late_decision_hides_no_later_line),
		TEST(nothing_counts_as_decided_before_its_claim_is_durable),
		TEST(a_claim_in_an_old_generation_yields_to_one_in_the_newest),
		TEST(a_line_that_an_old_generation_claims_is_claimed_in_the_newest),
		TEST(what_was_decided_before_never_becomes_void),
		TEST(lines_around_midnight_are_decided),
		TEST(generations_stay_while_a_host_may_need_them),
	};
	return cmocka_run_group_tests_name("claims", tests, group_begin, scratch_remove);
}
