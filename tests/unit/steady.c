/* Steady time: no change of the clock adds to it, and a clock that leaps ahead counts only once it has run on for a day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "keep/steady.h"

enum { HOUR = 60 * 60, A_DAY = 24 * HOUR, NOW = 1795435200 };

static struct steady begun(int64_t uptime, int64_t now)
{
	struct steady steady = {.uptime = uptime, .time = now};
	strcpy(steady.boot, "one");
	return steady;
}

/* The time that counts at a moment, without a look. */
static int64_t time_at(const struct steady *steady, const char *boot, int64_t uptime, int64_t now)
{
	struct steady copy = *steady;
	steady_advance(&copy, boot, uptime, now);
	return steady_time(&copy, now);
}

static void a_clock_that_goes_evenly_counts_at_once(void **state)
{
	struct steady steady = begun(1000, NOW);
	(void)state;
	for (int i = 1; i <= 100; i++)
		assert_int_equal(steady_advance(&steady, "one", 1000 + i * HOUR, NOW + i * HOUR + i), STEADY_EVEN);
	assert_int_equal(steady.seconds, 100 * HOUR);
	assert_int_equal(time_at(&steady, "one", 1000 + 200 * HOUR, NOW + 200 * HOUR), NOW + 200 * HOUR);
	assert_int_equal(steady.leap, 0);
}

static void a_leap_ahead_that_goes_back_never_counts(void **state)
{
	struct steady steady = begun(1000, NOW);
	(void)state;
	assert_int_equal(time_at(&steady, "one", 1060, NOW + 60 + 100 * A_DAY), NOW + 60);
	assert_int_equal(steady_advance(&steady, "one", 1060, NOW + 60 + 100 * A_DAY), STEADY_LEAPT);
	assert_int_equal(steady.leap, 100 * A_DAY);
	assert_int_equal(time_at(&steady, "one", 1090, NOW + 90 + 100 * A_DAY), NOW + 90);
	assert_int_equal(time_at(&steady, "one", 1090, NOW + 90), NOW + 90);
	assert_int_equal(steady_advance(&steady, "one", 1120, NOW + 120), STEADY_BACK);
	assert_int_equal(steady.leap, 0);
	assert_int_equal(steady.since, 120);
	assert_int_equal(steady.early_n, 0);
}

static void a_leap_ahead_that_stays_counts_after_a_day_whatever_else_is_told(void **state)
{
	struct steady steady = begun(1000, NOW);
	const int64_t ahead = 100 * A_DAY;
	(void)state;
	assert_int_equal(steady_advance(&steady, "one", 1060, NOW + 60 + ahead), STEADY_LEAPT);
	assert_int_equal(steady_advance(&steady, "one", 1000 + 23 * HOUR, NOW + 23 * HOUR + ahead), STEADY_EVEN);
	assert_int_equal(time_at(&steady, "one", 1000 + 23 * HOUR, NOW + 23 * HOUR + ahead), NOW + 23 * HOUR);
	assert_int_equal(steady_advance(&steady, "one", 1000 + 25 * HOUR, NOW + 25 * HOUR + ahead), STEADY_ACCEPTED);
	assert_int_equal(time_at(&steady, "one", 1000 + 25 * HOUR, NOW + 25 * HOUR + ahead), NOW + 25 * HOUR + ahead);
	assert_int_equal(steady.time, NOW + 25 * HOUR + ahead);
	assert_int_equal(steady_early_by(&steady, NOW / A_DAY), ahead);
	assert_int_equal(steady_early_by(&steady, NOW / A_DAY + 90), 0);
}

static void another_leap_begins_to_wait_anew(void **state)
{
	struct steady steady = begun(1000, NOW);
	(void)state;
	assert_int_equal(steady_advance(&steady, "one", 1060, NOW + 60 + 10 * A_DAY), STEADY_LEAPT);
	assert_int_equal(steady_advance(&steady, "one", 1000 + 20 * HOUR, NOW + 20 * HOUR + 300 * A_DAY), STEADY_LEAPT);
	assert_int_equal(steady_advance(&steady, "one", 1000 + 30 * HOUR, NOW + 30 * HOUR + 300 * A_DAY), STEADY_EVEN);
	assert_int_equal(steady_advance(&steady, "one", 1000 + 45 * HOUR, NOW + 45 * HOUR + 300 * A_DAY), STEADY_ACCEPTED);
}

/* A virtual machine that sleeps each night without noticing. */
static void small_leaps_that_add_up_are_one(void **state)
{
	struct steady steady = begun(1000, NOW);
	(void)state;
	assert_int_equal(steady_advance(&steady, "one", 1060, NOW + 60 + 8 * HOUR), STEADY_LEAPT);
	assert_int_equal(steady_advance(&steady, "one", 1000 + 16 * HOUR, NOW + 32 * HOUR), STEADY_EVEN);
	assert_int_equal(steady_advance(&steady, "one", 1000 + 25 * HOUR, NOW + 41 * HOUR), STEADY_ACCEPTED);
	assert_int_equal(steady.early_n, 0);
}

static void time_off_is_no_leap_and_counts_for_nothing(void **state)
{
	struct steady steady = begun(1000, NOW);
	(void)state;
	assert_int_equal(steady_advance(&steady, "two", 30, NOW + 50 * A_DAY), STEADY_EVEN);
	assert_int_equal(steady.seconds, 30);
	assert_int_equal(time_at(&steady, "three", 40, NOW + 99 * A_DAY), NOW + 99 * A_DAY);
}

static void a_clock_that_a_boot_sets_back_has_leapt(void **state)
{
	struct steady steady = begun(1000, NOW);
	(void)state;
	assert_int_equal(steady_advance(&steady, "two", 30, 100), STEADY_LEAPT);
	assert_int_equal(time_at(&steady, "two", 40, 110), 110);
	assert_int_equal(steady_advance(&steady, "two", 300, NOW + 5 * A_DAY), STEADY_LEAPT);
}

/* A board without a battery posts before it knows the time. */
static void days_that_a_clock_behind_has_named_are_younger_than_that(void **state)
{
	struct steady steady = begun(20, 1020);
	(void)state;
	assert_int_equal(steady_advance(&steady, "one", 120, NOW), STEADY_LEAPT);
	assert_int_equal(steady_advance(&steady, "one", 120 + A_DAY, NOW + A_DAY), STEADY_ACCEPTED);
	assert_int_equal(steady_early_by(&steady, 0), NOW - 1120);
	assert_int_equal(steady_early_by(&steady, 1), 0);
}

static void a_board_that_begins_each_boot_in_1970_names_days_that_are_young(void **state)
{
	struct steady steady = begun(1000, NOW);
	(void)state;
	assert_int_equal(steady_advance(&steady, "two", 30, 30), STEADY_LEAPT);
	assert_int_equal(steady_advance(&steady, "two", 5 * A_DAY, 5 * A_DAY), STEADY_EVEN);
	assert_int_equal(steady_advance(&steady, "three", 30, 30), STEADY_LEAPT);
	assert_int_equal(steady_advance(&steady, "three", 90, NOW + 7 * A_DAY), STEADY_LEAPT);
	assert_int_equal(time_at(&steady, "three", 90 + A_DAY, NOW + 8 * A_DAY), NOW + 8 * A_DAY);
	steady_advance(&steady, "three", 90 + A_DAY, NOW + 8 * A_DAY);
	for (int day = 0; day <= 5; day++)
		assert_in_range(steady_early_by(&steady, day), NOW - 6 * A_DAY, NOW + 9 * A_DAY);
	assert_int_equal(steady_early_by(&steady, 10), 0);
	assert_int_equal(steady_early_by(&steady, NOW / A_DAY), 0);
}

static void a_first_boot_in_1970_names_days_that_are_young_to_the_next(void **state)
{
	struct steady steady = begun(30, 30);
	(void)state;
	assert_int_equal(steady_advance(&steady, "two", 20, NOW), STEADY_LEAPT);
	assert_int_equal(time_at(&steady, "two", 80, NOW + 60), 110);
	assert_int_equal(steady_advance(&steady, "two", 20 + A_DAY, NOW + A_DAY), STEADY_ACCEPTED);
	assert_in_range(steady_early_by(&steady, 0), NOW - A_DAY, NOW + A_DAY);
}

static void a_clock_behind_for_a_moment_tells_at_once_by_how_much(void **state)
{
	struct steady steady = begun(1000, NOW);
	(void)state;
	assert_int_equal(steady_advance(&steady, "two", 30, 30), STEADY_LEAPT);
	assert_int_equal(steady_advance(&steady, "two", 90, NOW + 90), STEADY_BACK);
	assert_int_equal(steady.early_n, 1);
	assert_in_range(steady_early_by(&steady, 0), NOW - A_DAY, NOW);
	assert_int_equal(steady_early_by(&steady, NOW / A_DAY), 0);
}

static void however_often_a_board_boots_in_1970_days_that_were_right_stay_right(void **state)
{
	struct steady steady = begun(1000, NOW);
	int64_t now = NOW;
	char boot[STEADY_BOOT];
	(void)state;
	for (int i = 0; i < 3 * STEADY_EARLY; i++) {
		snprintf(boot, sizeof boot, "boot %d", i);
		steady_advance(&steady, boot, 30, 30);
		now += A_DAY;
		steady_advance(&steady, boot, 90, now);
		steady_advance(&steady, boot, 90 + 3 * A_DAY, now += 3 * A_DAY);
	}
	assert_in_range(steady_early_by(&steady, 0), NOW, now);
	for (int64_t day = NOW / A_DAY - 100; day < now / A_DAY; day++)
		assert_in_range(steady_early_by(&steady, day), 0, 10 * A_DAY);
}

static void without_a_name_of_the_boot_the_uptime_tells(void **state)
{
	struct steady steady = begun(1000, NOW);
	(void)state;
	steady.boot[0] = '\0';
	assert_int_equal(steady_advance(&steady, "", 2000, NOW + 1000), STEADY_EVEN);
	assert_int_equal(steady.seconds, 1000);
	assert_int_equal(steady_advance(&steady, "", 50, NOW + 90 * A_DAY), STEADY_EVEN);
	assert_int_equal(steady.seconds, 1050);
	assert_int_equal(steady_advance(&steady, "", 60, NOW), STEADY_LEAPT);
}

static void what_is_remembered_of_leaps_is_bounded(void **state)
{
	struct steady steady = begun(1000, NOW);
	int64_t uptime = 1000, now = NOW;
	(void)state;
	for (int i = 0; i < 3 * STEADY_EARLY; i++) {
		now += 10 * A_DAY;
		assert_int_equal(steady_advance(&steady, "one", uptime, now), STEADY_LEAPT);
		uptime += A_DAY, now += A_DAY;
		assert_int_equal(steady_advance(&steady, "one", uptime, now), STEADY_ACCEPTED);
	}
	assert_int_equal(steady.early_n, STEADY_EARLY);
	assert_true(steady_early_by(&steady, NOW / A_DAY) >= 10 * A_DAY);
	assert_true(steady_early_by(&steady, now / A_DAY - 12) >= 10 * A_DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_goes_evenly_counts_at_once),
		cmocka_unit_test(a_leap_ahead_that_goes_back_never_counts),
		cmocka_unit_test(a_leap_ahead_that_stays_counts_after_a_day_whatever_else_is_told),
		cmocka_unit_test(another_leap_begins_to_wait_anew),
		cmocka_unit_test(small_leaps_that_add_up_are_one),
		cmocka_unit_test(time_off_is_no_leap_and_counts_for_nothing),
		cmocka_unit_test(a_clock_that_a_boot_sets_back_has_leapt),
		cmocka_unit_test(days_that_a_clock_behind_has_named_are_younger_than_that),
		cmocka_unit_test(a_board_that_begins_each_boot_in_1970_names_days_that_are_young),
		cmocka_unit_test(a_first_boot_in_1970_names_days_that_are_young_to_the_next),
		cmocka_unit_test(a_clock_behind_for_a_moment_tells_at_once_by_how_much),
		cmocka_unit_test(however_often_a_board_boots_in_1970_days_that_were_right_stay_right),
		cmocka_unit_test(without_a_name_of_the_boot_the_uptime_tells),
		cmocka_unit_test(what_is_remembered_of_leaps_is_bounded),
	};
	return cmocka_run_group_tests_name("steady", tests, NULL, NULL);
}
