/* Rates: how many posts pass, whose they are, and what the table does with more clients than it can remember. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "keep/rates.h"
#include "scratch.h"

enum { HOUR = 60 * 60, MANY = 100000, TOO_MANY = 300000 };

static char path[PATH_MAX];
static size_t said;

static void count_messages(void *context, const char *line, size_t n)
{
	(void)context, (void)line, (void)n;
	said++;
}

static int group_begin(void **state)
{
	if (sodium_init() < 0 || scratch_make(state) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/rates", scratch);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	said = 0;
	diag_to(count_messages, NULL);
	unlink(path);
	return 0;
}

static int end(void **state)
{
	(void)state;
	diag_to(NULL, NULL);
	return 0;
}

/* Gives the configuration of a host, for as long as the test runs. */
static const struct config *config_of(const char *node)
{
	static struct config configs[4];
	static size_t n;
	struct config *config = &configs[n++ % 4];
	*config = (struct config){.data = scratch, .local = scratch, .node = node, .hosts = 1};
	return config;
}

static struct form form_of(const char *name, uint64_t count, uint64_t seconds)
{
	return (struct form){.name = name, .rate = {count, seconds}};
}

static void as_many_pass_as_the_rate_says_and_the_next_is_told_to_wait(void **state)
{
	static const struct rate rates[] = {{1, HOUR}, {2, HOUR}, {7, HOUR}, {1000, HOUR}, {1, 24 * HOUR}, {10, 60}};
	struct rates counted;
	(void)state;
	rates_begin(&counted, config_of(""));
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		struct form form = form_of(i % 2 ? "a" : "b", rates[i].count, rates[i].seconds);
		char client[32];
		snprintf(client, sizeof client, "192.0.2.%zu", i);
		for (uint64_t k = 0; k < rates[i].count; k++)
			assert_int_equal(rates_count(&counted, &form, client), 0);
		int64_t wait = rates_count(&counted, &form, client);
		assert_in_range(wait, 1, (rates[i].seconds + rates[i].count - 1) / rates[i].count);
	}
	rates_end(&counted);
	assert_int_equal(said, 0);
}

/* Posts from one /64 after the other, as somebody can who has a larger network. Gives how many passed. */
static unsigned pass_from(struct rates *counted, const struct form *form, const char *format, unsigned networks)
{
	unsigned passed = 0;
	for (unsigned i = 0; i < networks; i++) {
		char client[64];
		snprintf(client, sizeof client, format, i);
		for (unsigned k = 0; k < 10; k++)
			passed += rates_count(counted, form, client) == 0;
	}
	return passed;
}

static void who_has_many_networks_has_bounds_that_grow_with_them(void **state)
{
	struct rates counted;
	struct form form = form_of("a", 5, HOUR);
	(void)state;
	rates_begin(&counted, config_of(""));
	assert_int_equal(pass_from(&counted, &form, "2001:db8:1:2::%x", 20), 5);      /* one /64 */
	assert_int_equal(pass_from(&counted, &form, "2001:db8:2:1%02x::1", 256), 20); /* a /56 */
	assert_int_equal(pass_from(&counted, &form, "2001:db8:3:%x00::1", 256), 80);  /* a /48 */
	assert_int_equal(pass_from(&counted, &form, "2001:db8:%x::1", 20), 19 * 5);   /* neighbours; that of db8:3 has sent all it may */
	assert_int_equal(pass_from(&counted, &form, "192.0.2.%u", 20), 100);
	assert_int_equal(pass_from(&counted, &form, "64:ff9b::198.51.100.%u", 20), 100);
	assert_int_equal(pass_from(&counted, &form, "198.51.100.%u", 20), 0); /* the same clients, without the NAT64 */
	rates_end(&counted);
	assert_int_equal(said, 0);
}

/* Two of them, as two processes have them. */
static void what_one_process_counts_another_knows(void **state)
{
	struct form form = form_of("f", 3, HOUR);
	struct rates one, other;
	(void)state;
	rates_begin(&one, config_of(""));
	rates_begin(&other, config_of(""));
	assert_int_equal(rates_count(&one, &form, "192.0.2.1"), 0);
	assert_int_equal(rates_count(&other, &form, "192.0.2.1"), 0);
	assert_int_equal(rates_count(&one, &form, "192.0.2.1"), 0);
	assert_int_not_equal(rates_count(&other, &form, "192.0.2.1"), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rates_count(&other, &form, "192.0.2.1"), 0); /* made anew, */
	assert_int_equal(rates_count(&other, &form, "192.0.2.1"), 0);
	assert_int_equal(rates_count(&one, &form, "192.0.2.1"), 0); /* and seen by who has the old one open */
	assert_int_not_equal(rates_count(&one, &form, "192.0.2.1"), 0);
	rates_end(&one);
	rates_end(&other);
}

static void hosts_that_share_the_folder_have_a_table_each(void **state)
{
	struct form form = form_of("f", 1, HOUR);
	struct rates one, other;
	(void)state;
	rates_begin(&one, config_of("one"));
	rates_begin(&other, config_of("other"));
	assert_int_equal(rates_count(&one, &form, "192.0.2.1"), 0);
	assert_int_equal(rates_count(&other, &form, "192.0.2.1"), 0);
	assert_int_not_equal(rates_count(&one, &form, "192.0.2.1"), 0);
	assert_int_equal(access(path, F_OK), -1);
	rates_end(&one);
	rates_end(&other);
}

static void a_rate_that_was_longer_is_not_waited_for(void **state)
{
	struct form form = form_of("f", 1, 24 * HOUR);
	struct rates rates;
	(void)state;
	rates_begin(&rates, config_of(""));
	assert_int_equal(rates_count(&rates, &form, "192.0.2.1"), 0);
	form.rate = (struct rate){1, 10};
	assert_in_range(rates_count(&rates, &form, "192.0.2.1"), 1, 10);
	rates_end(&rates);
}

static void forms_of_the_longest_name_are_told_apart(void **state)
{
	char name[65], other[65];
	struct rates rates;
	(void)state;
	memset(name, 'a', 64);
	name[64] = '\0';
	memcpy(other, name, sizeof name);
	other[63] = 'b';
	struct form a = form_of(name, 1, HOUR), b = form_of(other, 1, HOUR);
	rates_begin(&rates, config_of(""));
	assert_int_equal(rates_count(&rates, &a, "2001:db8::1"), 0);
	assert_int_equal(rates_count(&rates, &b, "2001:db8::1"), 0);
	assert_int_not_equal(rates_count(&rates, &a, "2001:db8::2"), 0);
	rates_end(&rates);
}

/* Each of the many is in the table for an hour, so most of them can't stay; who has posted most is forgotten last. */
static void the_table_stays_as_large_as_it_is_and_keeps_who_posts_most(void **state)
{
	struct form form = form_of("f", 20, HOUR);
	struct stat first, last;
	struct rates rates;
	(void)state;
	rates_begin(&rates, config_of(""));
	for (size_t i = 0; i < form.rate.count; i++)
		assert_int_equal(rates_count(&rates, &form, "192.0.2.1"), 0);
	assert_int_equal(stat(path, &first), 0);
	for (size_t i = 0; i < TOO_MANY; i++) {
		char client[64];
		if (i % 2)
			snprintf(client, sizeof client, "10.%zu.%zu.%zu", i >> 16, (i >> 8) & 255, i & 255);
		else
			snprintf(client, sizeof client, "2001:%zx:%zx::1", i >> 16, i & 0xffff);
		assert_int_equal(rates_count(&rates, &form, client), 0);
		if (i == MANY) {
			assert_int_equal(stat(path, &last), 0);
			assert_int_equal(last.st_size, first.st_size);
		}
	}
	assert_int_equal(stat(path, &last), 0);
	assert_int_equal(last.st_size, first.st_size);
	assert_int_equal(last.st_ino, first.st_ino);
	assert_int_not_equal(rates_count(&rates, &form, "192.0.2.1"), 0);
	assert_int_equal(said, 0);
	rates_end(&rates);
}

static void a_table_that_is_damaged_anywhere_is_made_anew(void **state)
{
	struct form form = form_of("f", 1, HOUR);
	struct stat status;
	(void)state;
	for (size_t way = 0; way < 2; way++) {
		struct rates rates;
		unlink(path);
		rates_begin(&rates, config_of(""));
		assert_int_equal(rates_count(&rates, &form, "192.0.2.1"), 0);
		assert_int_not_equal(rates_count(&rates, &form, "192.0.2.1"), 0);
		assert_int_equal(stat(path, &status), 0);
		int file = open(path, O_WRONLY);
		for (off_t at = 256 + 100; way && at < status.st_size; at += 256) /* each block but the header */
			assert_int_equal(pwrite(file, "damaged", 7, at), 7);
		assert_int_equal(way ? 0 : ftruncate(file, status.st_size - 1), 0);
		close(file);
		assert_int_equal(rates_count(&rates, &form, "192.0.2.1"), 0);
		assert_int_not_equal(rates_count(&rates, &form, "192.0.2.1"), 0);
		rates_end(&rates);
	}
}

static void where_nothing_can_be_counted_it_is_said(void **state)
{
	struct form form = form_of("f", 1, HOUR);
	struct rates rates;
	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	rates_begin(&rates, config_of(""));
	assert_int_equal(rates_count(&rates, &form, "192.0.2.1"), -1);
	assert_int_equal(rates_count(&rates, &form, "192.0.2.1"), -1);
	assert_int_equal(said, 2);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rates_count(&rates, &form, "192.0.2.1"), 0);
	assert_int_not_equal(rates_count(&rates, &form, "192.0.2.1"), 0);
	rates_end(&rates);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(as_many_pass_as_the_rate_says_and_the_next_is_told_to_wait),
		TEST(who_has_many_networks_has_bounds_that_grow_with_them),
		TEST(what_one_process_counts_another_knows),
		TEST(hosts_that_share_the_folder_have_a_table_each),
		TEST(a_rate_that_was_longer_is_not_waited_for),
		TEST(forms_of_the_longest_name_are_told_apart),
		TEST(the_table_stays_as_large_as_it_is_and_keeps_who_posts_most),
		TEST(a_table_that_is_damaged_anywhere_is_made_anew),
		TEST(where_nothing_can_be_counted_it_is_said),
	};
	return cmocka_run_group_tests_name("rates", tests, group_begin, scratch_remove);
}
