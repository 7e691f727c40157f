/* The table: what is put is found by every process, and what was done to its file is noticed, never believed. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/boot.h"
#include "scratch.h"
#include "table/table_make.h"

enum { BLOCK = 256, SLOTS = 15 };

static const unsigned char mark[BLOCK_KEY] = "of these tests.", other_mark[BLOCK_KEY] = "of other tests.";
static char path[PATH_MAX / 2], path_new[PATH_MAX / 2 + 8], path_other[PATH_MAX / 2 + 8];
static struct table table, other;

static int group_begin(void **state)
{
	int failed = sodium_init() < 0 || scratch_make(state) < 0;
	snprintf(path, sizeof path, "%s/table", scratch);
	snprintf(path_new, sizeof path_new, "%s.new", path);
	snprintf(path_other, sizeof path_other, "%s.other", path);
	return failed;
}

static int begin(void **state)
{
	(void)state;
	table_begin(&table, mark);
	table_begin(&other, mark);
	return 0;
}

static int end(void **state)
{
	(void)state;
	table_end(&table);
	table_end(&other);
	unlink(path);
	unlink(path_new);
	unlink(path_other);
	return 0;
}

/* Keys in no order, none of them twice; each has a value that tells them apart. */
static uint64_t key_of(uint64_t i)
{
	return i * 0x9e3779b97f4a7c15;
}

static uint64_t value_of(uint64_t i)
{
	return i + 1;
}

static void put(struct table *into, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		assert_int_equal(table_put(into, key_of(i), value_of(i)), TABLE_FINE);
}

/* Makes the table at path for room entries and puts n. */
static void make(uint64_t room, uint64_t n)
{
	assert_int_equal(table_make(&table, path, room), 0);
	put(&table, 0, n);
	assert_int_equal(table_make_publish(&table, path), 0);
}

static enum table_state find(struct table *in, uint64_t key, uint64_t *value)
{
	struct table_walk walk = {0};
	return table_find(in, key, &walk, value);
}

static void assert_holds(struct table *in, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		struct table_walk walk = {0};
		uint64_t value = 0;
		assert_int_equal(table_find(in, key_of(i), &walk, &value), TABLE_FINE);
		assert_int_equal(value, value_of(i));
		assert_int_equal(table_find(in, key_of(i), &walk, &value), TABLE_NONE);
	}
}

static void assert_lacks(struct table *in, uint64_t from, uint64_t to)
{
	uint64_t value;
	for (uint64_t i = from; i < to; i++)
		assert_int_equal(find(in, key_of(i), &value), TABLE_NONE);
}

/* Looks for n entries; what is not found must be damaged, and no value may be wrong. Gives how many were found. */
static uint64_t count_sound(struct table *in, uint64_t n)
{
	uint64_t found = 0;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t value = 0;
		enum table_state state = find(in, key_of(i), &value);
		assert_true(state == TABLE_FINE || state == TABLE_DAMAGED);
		if (state == TABLE_FINE)
			assert_int_equal(value, value_of(i));
		found += state == TABLE_FINE;
	}
	return found;
}

static off_t size_of(const char *name)
{
	struct stat status;
	assert_int_equal(stat(name, &status), 0);
	return status.st_size;
}

/* Gives the descriptor that the next file would get. */
static int lowest_free(void)
{
	int file = dup(table.blocks.file);
	close(file);
	return file;
}

static void overwrite(const char *name, off_t at, const void *bytes, size_t n)
{
	int file = open(name, O_WRONLY);
	assert_int_equal(pwrite(file, bytes, n, at), n);
	close(file);
}

/* Writes what a file holds into another, as cp does. */
static void copy(const char *from, const char *to)
{
	static char bytes[1 << 20];
	int source = open(from, O_RDONLY), target = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n = read(source, bytes, sizeof bytes);
	assert_true(n > 0 && n < (ssize_t)sizeof bytes);
	assert_int_equal(write(target, bytes, (size_t)n), n);
	close(source);
	close(target);
}

/* --- what is kept ------------------------------------------------------------------------------------------ */

static void what_is_put_is_found_before_and_after_publishing(void **state)
{
	(void)state;
	assert_int_equal(table_make(&table, path, 20000), 0);
	put(&table, 0, 10000);
	assert_holds(&table, 0, 10000);
	assert_lacks(&table, 10000, 20000);
	assert_int_equal(table_make_publish(&table, path), 0);
	assert_int_equal(access(path_new, F_OK), -1);
	assert_holds(&table, 0, 10000);
	put(&table, 10000, 20000);
	assert_holds(&table, 0, 20000);
	assert_lacks(&table, 20000, 30000);
}

static void every_process_sees_what_any_puts(void **state)
{
	(void)state;
	make(1000, 500);
	assert_int_equal(table_open(&other, path), TABLE_FINE);
	assert_int_equal(other.entries, 500);
	assert_holds(&other, 0, 500);
	put(&other, 500, 750);
	put(&table, 750, 1000);
	put(&other, 1000, 1100); /* each counts on from the other */
	assert_holds(&table, 0, 1100);
	assert_int_equal(table_open(&table, path), TABLE_FINE);
	assert_int_equal(table.entries, 1100);
	table_end(&table);
	table_end(&other);
	assert_int_equal(table_open(&other, path), TABLE_FINE);
	assert_int_equal(other.entries, 1100);
	assert_holds(&other, 0, 1100);
	assert_int_equal(size_of(path) % BLOCK, 0);
}

static void a_key_may_have_many_values(void **state)
{
	enum { VALUES = 100 };
	unsigned char seen[VALUES + 1] = {0};
	struct table_walk walk = {0};
	uint64_t value;
	(void)state;
	make(1000, 200);
	for (uint64_t i = 1; i <= VALUES; i++)
		assert_int_equal(table_put(&table, 77, i), TABLE_FINE);
	for (unsigned i = 0; i < VALUES; i++) {
		assert_int_equal(table_find(&table, 77, &walk, &value), TABLE_FINE);
		assert_in_range(value, 1, VALUES);
		assert_int_equal(seen[value]++, 0);
	}
	assert_int_equal(table_find(&table, 77, &walk, &value), TABLE_NONE);
	assert_int_equal(table_find(&table, 77, &walk, &value), TABLE_NONE);
	assert_holds(&table, 0, 200);
}

static void a_value_is_replaced_wherever_it_spilled_to(void **state)
{
	uint64_t value;
	(void)state;
	make(100, 0);
	for (uint64_t i = 1; i <= 40; i++)
		assert_int_equal(table_put(&table, 77, i), TABLE_FINE);
	assert_int_equal(table_replace(&table, 77, 39, 1039), TABLE_FINE);
	assert_int_equal(table_replace(&table, 77, 39, 2039), TABLE_NONE);
	assert_int_equal(table_replace(&table, 78, 1, 2), TABLE_NONE);
	uint64_t sum = 0;
	for (struct table_walk walk = {0}; table_find(&table, 77, &walk, &value) == TABLE_FINE; )
		sum += value;
	assert_int_equal(sum, 40 * 41 / 2 + 1000);
}

static void no_value_is_0_and_any_key_is_one(void **state)
{
	static const uint64_t keys[] = {0, 1, UINT64_MAX, INT64_MAX};
	uint64_t value;
	(void)state;
	make(10, 0);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		assert_int_equal(find(&table, keys[i], &value), TABLE_NONE);
		assert_int_equal(table_put(&table, keys[i], UINT64_MAX - i), TABLE_FINE);
	}
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		assert_int_equal(find(&table, keys[i], &value), TABLE_FINE);
		assert_int_equal(value, UINT64_MAX - i);
	}
	errno = 0;
	assert_int_equal(table_put(&table, 1, 0), TABLE_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(table_put_bounded(&table, 1, 0), TABLE_FAILED);
	assert_int_equal(table_replace(&table, 1, UINT64_MAX - 1, 0), TABLE_FAILED);
}

static void it_is_full_at_three_quarters_and_still_sound(void **state)
{
	static const uint64_t rooms[] = {0, 7, 8, 1000};
	(void)state;
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
		for (int published = 0; published < 2; published++) {
			assert_int_equal(table_make(&table, path, rooms[i]), 0);
			if (published)
				assert_int_equal(table_make_publish(&table, path), 0);
			uint64_t room = table.buckets * SLOTS * 3 / 4;
			assert_true(room >= rooms[i] + rooms[i] / 2);
			put(&table, 0, room);
			assert_int_equal(table_put(&table, key_of(room), 1), TABLE_FULL);
			assert_int_equal(table.entries, room);
			assert_holds(&table, 0, room);
			assert_lacks(&table, room, room + 10);
		}
}

static void the_room_has_a_bound(void **state)
{
	(void)state;
	assert_int_equal(table_make(&table, path, (uint64_t)TABLE_ROOM_MAX + 1), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(table_make(&table, path, UINT64_MAX), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(access(path_new, F_OK), -1);
	assert_int_equal(table.blocks.file, -1);
}

static void it_is_read_by_owner_and_group_alone(void **state)
{
	struct stat status;
	mode_t mask = umask(0);
	(void)state;
	make(10, 1);
	umask(mask);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(fcntl(table.blocks.file, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

/* --- bounded ----------------------------------------------------------------------------------------------- */

static void a_bounded_table_never_grows_and_forgets_the_smallest(void **state)
{
	uint64_t value, found = 0;
	(void)state;
	make(7, 0); /* one bucket */
	off_t size = size_of(path);
	for (uint64_t i = 0; i < SLOTS; i++)
		assert_int_equal(table_put_bounded(&table, key_of(i), 100 - i), TABLE_FINE);
	for (uint64_t i = 0; i < SLOTS; i++) {
		assert_int_equal(find(&table, key_of(i), &value), TABLE_FINE);
		assert_int_equal(value, 100 - i);
	}
	assert_int_equal(table_put_bounded(&table, key_of(3), 5), TABLE_FINE); /* in its own place */
	assert_int_equal(find(&table, key_of(14), &value), TABLE_FINE);
	assert_int_equal(table_put_bounded(&table, 99, 200), TABLE_FINE); /* in that of 3, the smallest by now */
	assert_int_equal(find(&table, key_of(3), &value), TABLE_NONE);
	assert_int_equal(table_put_bounded(&table, 98, 200), TABLE_FINE); /* in that of 14 */
	assert_int_equal(find(&table, key_of(14), &value), TABLE_NONE);
	for (uint64_t i = 0; i < SLOTS; i++)
		found += find(&table, key_of(i), &value) == TABLE_FINE;
	assert_int_equal(found, SLOTS - 2);
	assert_int_equal(size_of(path), size);
}

static void a_bounded_table_takes_ever_more(void **state)
{
	uint64_t value, found = 0;
	(void)state;
	make(1000, 0);
	off_t size = size_of(path);
	for (uint64_t i = 0; i < 20000; i++) {
		assert_int_equal(table_put_bounded(&table, key_of(i), value_of(i)), TABLE_FINE);
		assert_int_equal(find(&table, key_of(i), &value), TABLE_FINE);
		assert_int_equal(value, value_of(i));
	}
	for (uint64_t i = 0; i < 20000; i++) {
		struct table_walk walk = {0};
		if (table_find(&table, key_of(i), &walk, &value) != TABLE_FINE)
			continue;
		assert_int_equal(value, value_of(i));
		assert_int_equal(table_find(&table, key_of(i), &walk, &value), TABLE_NONE);
		found++;
	}
	assert_int_equal(found, table.buckets * SLOTS); /* all slots are used */
	assert_int_equal(size_of(path), size);
}

/* --- renewing ---------------------------------------------------------------------------------------------- */

static bool even(void *context, uint64_t key, uint64_t value)
{
	(void)key;
	++*(unsigned *)context;
	return value % 2 == 0;
}

static bool any(void *context, uint64_t key, uint64_t value)
{
	(void)context, (void)key, (void)value;
	return true;
}

static void a_renewed_table_has_what_is_wanted_and_others_follow(void **state)
{
	static const uint64_t rooms[] = {2000, 10000, 100000};
	uint64_t value;
	(void)state;
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
		unsigned asked = 0;
		make(4000, 4000);
		assert_int_equal(table_open(&other, path), TABLE_FINE);
		int file = lowest_free();
		assert_int_equal(table_make_renew(&table, path, rooms[i], even, &asked), TABLE_FINE);
		assert_in_range(lowest_free(), 0, file); /* the old file is closed */
		assert_int_equal(asked, 4000);
		assert_int_equal(table.entries, 2000);
		assert_int_equal(access(path_new, F_OK), -1);
		assert_int_equal(table_open(&other, path), TABLE_FINE);
		assert_int_equal(other.entries, 2000);
		for (uint64_t j = 0; j < 4000; j++) {
			bool wanted = value_of(j) % 2 == 0;
			assert_int_equal(find(&other, key_of(j), &value), wanted ? TABLE_FINE : TABLE_NONE);
			assert_true(!wanted || value == value_of(j));
		}
		put(&other, 4000, 4001);
		assert_holds(&table, 4000, 4001);
	}
}

static void a_renewal_keeps_all_values_of_a_key(void **state)
{
	uint64_t value, sum = 0;
	(void)state;
	make(100, 50);
	for (uint64_t i = 1; i <= 50; i++)
		assert_int_equal(table_put(&table, 77, i), TABLE_FINE);
	assert_int_equal(table_make_renew(&table, path, 1000, any, NULL), TABLE_FINE);
	for (struct table_walk walk = {0}; table_find(&table, 77, &walk, &value) == TABLE_FINE; )
		sum += value;
	assert_int_equal(sum, 50 * 51 / 2);
	assert_holds(&table, 0, 50);
}

static void a_renewal_that_fails_leaves_all_as_it_was(void **state)
{
	struct stat before, after;
	char zeroes[BLOCK] = {0};
	(void)state;
	make(1000, 1000);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(table_make_renew(&table, path, 10, any, NULL), TABLE_FULL);
	assert_int_equal(table_make_renew(&table, path, (uint64_t)TABLE_ROOM_MAX + 1, any, NULL), TABLE_FAILED);
	assert_int_equal(errno, ERANGE);
	assert_holds(&table, 0, 1000);
	overwrite(path, 100 * BLOCK, zeroes, sizeof zeroes);
	assert_int_equal(table_make_renew(&table, path, 2000, any, NULL), TABLE_DAMAGED);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(access(path_new, F_OK), -1);
	assert_true(table.blocks.file >= 0);
	assert_int_equal(ftruncate(table.blocks.file, 5 * BLOCK), 0);
	assert_int_equal(table_make_renew(&table, path, 2000, any, NULL), TABLE_DAMAGED);
	assert_int_equal(table_make_renew(&other, path, 2000, any, NULL), TABLE_DAMAGED); /* nothing is open */
}

/* --- no table ---------------------------------------------------------------------------------------------- */

static void where_there_is_none_there_is_none(void **state)
{
	char elsewhere[sizeof path + 16];
	(void)state;
	snprintf(elsewhere, sizeof elsewhere, "%s/none/table", scratch);
	assert_int_equal(table_open(&table, path), TABLE_NONE);
	assert_int_equal(table_open(&table, elsewhere), TABLE_NONE);
	assert_int_equal(table_make(&table, elsewhere, 10), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(table_open(&table, scratch), TABLE_FAILED);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(table_open(&table, path), TABLE_NONE);
	make(10, 5); /* in its place */
	assert_holds(&table, 0, 5);
}

static void with_nothing_open_nothing_is_done(void **state)
{
	uint64_t value;
	(void)state;
	assert_int_equal(find(&table, 1, &value), TABLE_DAMAGED);
	assert_int_equal(table_put(&table, 1, 1), TABLE_DAMAGED);
	assert_int_equal(table_put_bounded(&table, 1, 1), TABLE_DAMAGED);
	assert_int_equal(table_replace(&table, 1, 1, 2), TABLE_DAMAGED);
	assert_int_equal(table_make_publish(&table, path), -1);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_table_is_published_once_and_renewed_after_that(void **state)
{
	(void)state;
	assert_int_equal(table_make(&table, path, 100), 0);
	put(&table, 0, 50);
	assert_int_equal(table_make_renew(&table, path, 200, any, NULL), TABLE_DAMAGED);
	assert_int_equal(table_make_publish(&table, path), 0);
	assert_int_equal(table_make_publish(&table, path), -1);
	assert_int_equal(errno, EINVAL);
	assert_holds(&table, 0, 50);
	assert_int_equal(table_make(&table, path, 100), 0);
	assert_int_equal(table_open(&table, path), TABLE_FINE); /* what was made is lost */
	assert_holds(&table, 0, 50);
}

static void a_table_that_was_not_published_is_none(void **state)
{
	struct table third;
	(void)state;
	assert_int_equal(table_make(&table, path, 1000), 0);
	put(&table, 0, 1000);
	assert_int_equal(table_open(&other, path), TABLE_NONE);
	assert_int_equal(table_open(&other, path_new), TABLE_NONE);
	table_end(&table); /* its maker died */
	assert_int_equal(rename(path_new, path), 0);
	assert_int_equal(table_open(&other, path), TABLE_NONE);
	assert_int_equal(rename(path, path_new), 0);
	table_begin(&third, mark);
	assert_int_equal(table_make(&third, path, 10), 0);
	assert_int_equal(table_make_publish(&third, path), 0);
	assert_int_equal(table_open(&other, path), TABLE_FINE);
	assert_lacks(&other, 0, 1000);
	table_end(&third);
}

static void two_makers_do_each_other_no_harm(void **state)
{
	(void)state;
	assert_int_equal(table_make(&table, path, 100), 0);
	put(&table, 0, 100);
	assert_int_equal(table_make(&other, path, 10), 0);
	put(&other, 0, 10);
	put(&table, 100, 110);
	assert_holds(&table, 0, 110);
	assert_int_equal(table_make_publish(&other, path), 0);
	assert_int_equal(table_make_publish(&table, path), -1); /* its name is gone */
	assert_int_equal(table_open(&table, path), TABLE_FINE);
	assert_holds(&table, 0, 10);
	assert_lacks(&table, 10, 100);
}

static void a_table_cut_while_it_is_made_is_whole_all_the_same(void **state)
{
	(void)state;
	assert_int_equal(table_make(&table, path, 1000), 0);
	put(&table, 0, 500);
	assert_int_equal(truncate(path_new, 0), 0);
	put(&table, 500, 1000);
	assert_int_equal(table_make_publish(&table, path), 0);
	assert_int_equal(table_open(&other, path), TABLE_FINE);
	assert_holds(&other, 0, 1000);
}

static void a_disk_that_is_full_leaves_nothing(void **state)
{
	struct rlimit before, small;
	(void)state;
	make(10, 5);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 100 * BLOCK;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int failed = table_make(&other, path, 100000), reason = errno;
	enum table_state renewed = table_make_renew(&table, path, 100000, any, NULL);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(failed, -1);
	assert_int_equal(reason, EFBIG);
	assert_int_equal(renewed, TABLE_FAILED);
	assert_int_equal(access(path_new, F_OK), -1);
	assert_holds(&table, 0, 5);

	assert_int_equal(table_make(&other, path, 100000), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	failed = table_make_publish(&other, path);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(failed, -1);
	assert_int_equal(access(path_new, F_OK), -1);
	assert_int_equal(table_open(&other, path), TABLE_FINE);
	assert_holds(&other, 0, 5);
}

/* --- what is done to the file ------------------------------------------------------------------------------ */

static void a_removed_or_replaced_file_is_noticed(void **state)
{
	(void)state;
	make(1000, 500);
	assert_int_equal(unlink(path), 0);
	assert_holds(&table, 0, 500); /* what is open is sound still */
	assert_int_equal(table_open(&table, path), TABLE_NONE);
	assert_int_equal(table.blocks.file, -1);
	make(1000, 500);
	assert_int_equal(table_make(&other, path, 10), 0);
	assert_int_equal(table_make_publish(&other, path), 0);
	assert_int_equal(table_open(&table, path), TABLE_FINE);
	assert_lacks(&table, 0, 500);
}

static void a_file_of_any_other_length_is_noticed(void **state)
{
	static const off_t cuts[] = {0, 1, 255, 256, 257, 5000, 129 * BLOCK - 1, 129 * BLOCK + 1, 1 << 20};
	(void)state;
	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
		make(900, 900);
		assert_int_equal(size_of(path), 129 * BLOCK);
		assert_int_equal(truncate(path, cuts[i]), 0);
		uint64_t found = count_sound(&table, 900);
		assert_true(cuts[i] >= 129 * BLOCK ? found == 900 : found < 900);
		for (uint64_t j = 0; j < 400 && cuts[i] < 129 * BLOCK; j++) {
			enum table_state put_state = table_put(&table, key_of(j), value_of(j));
			assert_true(put_state == TABLE_DAMAGED || (cuts[i] >= 256 && put_state == TABLE_FINE));
			put_state = table_put_bounded(&table, key_of(j), value_of(j));
			assert_true(put_state == TABLE_DAMAGED || (cuts[i] >= 256 && put_state == TABLE_FINE));
		}
		assert_int_equal(table_open(&other, path), TABLE_NONE);
		assert_int_equal(table_open(&table, path), TABLE_NONE);
		assert_int_equal(table.blocks.file, -1);
	}
}

static void a_bucket_that_was_just_read_may_be_gone(void **state)
{
	(void)state;
	make(7, 7);
	assert_int_equal(count_sound(&table, 7), 7);
	assert_int_equal(truncate(path, BLOCK), 0);
	assert_int_equal(count_sound(&table, 7), 0);
}

static void a_file_cut_and_made_as_long_again_is_noticed(void **state)
{
	(void)state;
	make(900, 900);
	off_t size = size_of(path);
	assert_int_equal(truncate(path, size / 2), 0);
	assert_int_equal(truncate(path, size), 0);
	assert_in_range(count_sound(&table, 900), 100, 800);
	assert_int_equal(table_open(&table, path), TABLE_FINE); /* its header is */
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(truncate(path, size), 0);
	assert_int_equal(count_sound(&table, 900), 0);
	assert_int_equal(table_put(&table, 1, 1), TABLE_DAMAGED);
	assert_int_equal(table_open(&table, path), TABLE_NONE);
}

static void zeroes_are_no_empty_buckets(void **state)
{
	static const char zeroes[40 * BLOCK];
	(void)state;
	make(900, 900);
	overwrite(path, 30 * BLOCK, zeroes, sizeof zeroes);
	assert_in_range(count_sound(&table, 900), 300, 800);
	for (uint64_t i = 0, noticed = 0; i < 2000; i++) {
		uint64_t value;
		noticed += find(&table, key_of(1000 + i), &value) == TABLE_DAMAGED;
		assert_true(noticed > 0 || i < 100);
	}
	make(900, 900);
	overwrite(path, 0, zeroes, BLOCK);
	assert_int_equal(table_put(&table, 1, 1), TABLE_DAMAGED);
	assert_int_equal(table_open(&table, path), TABLE_NONE);
}

static void garbage_is_noticed(void **state)
{
	static unsigned char garbage[129 * BLOCK];
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		make(900, 900);
		randombytes_buf(garbage, sizeof garbage);
		overwrite(path, i < 10 ? 0 : BLOCK, garbage, sizeof garbage - (i < 10 ? 0 : BLOCK));
		assert_int_equal(count_sound(&table, 900), 0);
		assert_int_equal(table_put(&table, i, 1), TABLE_DAMAGED);
		assert_int_equal(table_put_bounded(&table, i, 1), TABLE_DAMAGED);
		assert_int_equal(table_replace(&table, i, 1, 2), TABLE_DAMAGED);
		assert_int_equal(table_make_renew(&table, path, 900, any, NULL), TABLE_DAMAGED);
		assert_int_equal(table_open(&other, path), i < 10 ? TABLE_NONE : TABLE_FINE);
	}
}

/* Flips each bit of the header and of the one bucket. */
static void a_single_bit_is_noticed(void **state)
{
	(void)state;
	make(7, 7);
	assert_int_equal(table_open(&other, path), TABLE_FINE);
	for (off_t at = 0; at < 2 * BLOCK; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			unsigned char byte, flipped;
			assert_int_equal(pread(table.blocks.file, &byte, 1, at), 1);
			flipped = (unsigned char)(byte ^ 1u << bit);
			overwrite(path, at, &flipped, 1);
			if (at < BLOCK)
				assert_int_equal(table_open(&other, path), TABLE_NONE);
			else
				assert_int_equal(count_sound(&table, 7), 0);
			overwrite(path, at, &byte, 1);
		}
	assert_int_equal(table_open(&other, path), TABLE_FINE);
	assert_holds(&other, 0, 7);
}

/* Sets words of the header, and its check as one would who knows the mark: {magic, magic, device, inode, buckets, …}. */
static void a_header_is_not_believed_for_its_check_alone(void **state)
{
	static const struct { size_t word; uint64_t value; off_t size; } rows[] = {
		{0, 1, 2 * BLOCK}, {1, 1, 2 * BLOCK}, {2, 1, 2 * BLOCK}, {3, 1, 2 * BLOCK}, {4, 0, BLOCK}, {4, 2, 2 * BLOCK},
		{4, 3, 4 * BLOCK}, {4, 1 << 22, (off_t)(1 + (1 << 22)) * BLOCK}, {4, 1ULL << 56, BLOCK}, {4, 1ULL << 63, BLOCK},
		{4, UINT64_MAX, 0},
	};
	uint64_t words[BLOCK / 8], kept[BLOCK / 8];
	(void)state;
	make(7, 7);
	assert_int_equal(pread(table.blocks.file, kept, BLOCK, 0), BLOCK);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		memcpy(words, kept, BLOCK);
		words[rows[i].word] = rows[i].value;
		words[BLOCK / 8 - 1] = 0;
		crypto_shorthash((unsigned char *)&words[BLOCK / 8 - 1], (unsigned char *)words, BLOCK, mark);
		overwrite(path, 0, words, BLOCK);
		assert_int_equal(truncate(path, rows[i].size), 0);
		assert_int_equal(table_open(&other, path), TABLE_NONE);
		assert_int_equal(table_put(&table, 1, 1), TABLE_DAMAGED);
	}
	memcpy(words, kept, BLOCK);
	words[BLOCK / 8 - 1] = 0; /* the same header by the same way is one */
	crypto_shorthash((unsigned char *)&words[BLOCK / 8 - 1], (unsigned char *)words, BLOCK, mark);
	assert_memory_equal(words, kept, BLOCK);
}

static void buckets_that_change_places_are_noticed(void **state)
{
	unsigned char one[BLOCK], two[BLOCK];
	(void)state;
	make(900, 900);
	assert_int_equal(pread(table.blocks.file, one, BLOCK, 10 * BLOCK), BLOCK);
	assert_int_equal(pread(table.blocks.file, two, BLOCK, 20 * BLOCK), BLOCK);
	overwrite(path, 10 * BLOCK, two, BLOCK);
	overwrite(path, 20 * BLOCK, one, BLOCK);
	assert_in_range(count_sound(&table, 900), 850, 899);
}

static void a_copy_is_no_table(void **state)
{
	(void)state;
	make(900, 900);
	copy(path, path_other);
	assert_int_equal(table_open(&other, path_other), TABLE_NONE);
	assert_int_equal(rename(path_other, path), 0);
	assert_int_equal(table_open(&table, path), TABLE_NONE);
}

/* The other table has the same keys with other values, and is written over the open one, without and with its header. */
static void another_table_written_over_it_is_noticed(void **state)
{
	unsigned char header[BLOCK];
	(void)state;
	make(900, 900);
	assert_int_equal(table_make(&other, path_other, 900), 0);
	for (uint64_t i = 0; i < 900; i++)
		assert_int_equal(table_put(&other, key_of(i), 5000), TABLE_FINE);
	assert_int_equal(table_make_publish(&other, path_other), 0);
	assert_int_equal(pread(table.blocks.file, header, BLOCK, 0), BLOCK);
	copy(path_other, path);
	assert_int_equal(count_sound(&table, 900), 0);
	assert_int_equal(table_put(&table, 1, 1), TABLE_DAMAGED);
	overwrite(path, 0, header, BLOCK);
	assert_int_equal(count_sound(&table, 900), 0);
	assert_int_equal(table_open(&table, path), TABLE_FINE);
	assert_int_equal(count_sound(&table, 900), 0);
}

static void another_mark_is_another_table(void **state)
{
	struct table third;
	uint64_t value;
	(void)state;
	make(900, 900);
	table_begin(&third, other_mark);
	assert_int_equal(table_open(&third, path), TABLE_NONE);
	assert_int_equal(table_open(&other, path), TABLE_FINE);
	memcpy(other.blocks.key, other_mark, BLOCK_KEY);
	for (uint64_t i = 0; i < 900; i++)
		assert_int_equal(find(&other, key_of(i), &value), TABLE_DAMAGED);
	assert_int_equal(table_open(&other, path), TABLE_NONE);
}

static void the_mark_of_a_boot_is_the_same_until_the_next(void **state)
{
	unsigned char one[BOOT_MARK] = {0}, two[BOOT_MARK] = {0}, zeroes[BOOT_MARK] = {0};
	(void)state;
	assert_int_equal(boot_mark(one, TABLE_FORMAT, "contact/"), 0);
	assert_int_equal(boot_mark(two, TABLE_FORMAT, "contact/"), 0);
	assert_memory_equal(one, two, BOOT_MARK);
	assert_int_equal(boot_mark(two, TABLE_FORMAT, "other/"), 0);
	assert_memory_not_equal(one, two, BOOT_MARK);
	assert_memory_not_equal(one, zeroes, BOOT_MARK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_found_before_and_after_publishing),
		TEST(every_process_sees_what_any_puts),
		TEST(a_key_may_have_many_values),
		TEST(a_value_is_replaced_wherever_it_spilled_to),
		TEST(no_value_is_0_and_any_key_is_one),
		TEST(it_is_full_at_three_quarters_and_still_sound),
		TEST(the_room_has_a_bound),
		TEST(it_is_read_by_owner_and_group_alone),
		TEST(a_bounded_table_never_grows_and_forgets_the_smallest),
		TEST(a_bounded_table_takes_ever_more),
		TEST(a_renewed_table_has_what_is_wanted_and_others_follow),
		TEST(a_renewal_keeps_all_values_of_a_key),
		TEST(a_renewal_that_fails_leaves_all_as_it_was),
		TEST(where_there_is_none_there_is_none),
		TEST(with_nothing_open_nothing_is_done),
		TEST(a_table_is_published_once_and_renewed_after_that),
		TEST(a_table_that_was_not_published_is_none),
		TEST(two_makers_do_each_other_no_harm),
		TEST(a_table_cut_while_it_is_made_is_whole_all_the_same),
		TEST(a_disk_that_is_full_leaves_nothing),
		TEST(a_removed_or_replaced_file_is_noticed),
		TEST(a_file_of_any_other_length_is_noticed),
		TEST(a_bucket_that_was_just_read_may_be_gone),
		TEST(a_file_cut_and_made_as_long_again_is_noticed),
		TEST(zeroes_are_no_empty_buckets),
		TEST(garbage_is_noticed),
		TEST(a_single_bit_is_noticed),
		TEST(a_header_is_not_believed_for_its_check_alone),
		TEST(buckets_that_change_places_are_noticed),
		TEST(a_copy_is_no_table),
		TEST(another_table_written_over_it_is_noticed),
		TEST(another_mark_is_another_table),
		TEST(the_mark_of_a_boot_is_the_same_until_the_next),
	};
	return cmocka_run_group_tests_name("table", tests, group_begin, scratch_remove);
}
