/* Messages: one line each, whatever they hold. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/diag.h"

static char got[16 * 1024];

static void take(void *context, const char *line, size_t n)
{
	size_t had = strlen(got);
	(void)context;
	assert_true(had + n < sizeof got);
	memcpy(got + had, line, n);
	got[had + n] = '\0';
}

static int begin(void **state)
{
	(void)state;
	got[0] = '\0';
	diag_to(take, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	diag_to(NULL, NULL);
	return 0;
}

static void control_bytes_are_made_visible_so_that_no_second_line_is_forged(void **state)
{
	(void)state;
	diag_error("a%sb", "\r\nseeother: forged\x1b[2J\x7f\t");
	assert_string_equal(got, "seeother: a??seeother: forged?[2J??b\n");
}

static void a_message_of_any_length_is_one_bounded_line(void **state)
{
	char value[5000];
	(void)state;
	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	errno = ENOENT;
	diag_system("%s", value);
	assert_int_equal(errno, ENOENT);
	assert_in_range(strlen(got), 1000, 1024);
	assert_ptr_equal(strchr(got, '\n'), got + strlen(got) - 1);
}

static const char *mark(void *context)
{
	return context;
}

static void a_marked_message_keeps_its_mark_however_long_it_is(void **state)
{
	static char id[] = "abc123";
	char value[5000];
	(void)state;
	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	diag_mark(mark, id);
	diag_error("short");
	assert_string_equal(got, "seeother: short (request abc123)\n");
	got[0] = '\0';
	diag_error("%s", value);
	diag_mark(NULL, NULL);
	assert_in_range(strlen(got), 1000, 1024);
	assert_non_null(strstr(got, "xxx (request abc123)\n"));
	got[0] = '\0';
	diag_error("unmarked");
	assert_string_equal(got, "seeother: unmarked\n");
}

static void errno_is_said_behind_the_message(void **state)
{
	(void)state;
	errno = EACCES;
	diag_system("%s: can't be read", "secret");
	assert_string_equal(got, "seeother: secret: can't be read: Permission denied\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(control_bytes_are_made_visible_so_that_no_second_line_is_forged, begin, end),
		cmocka_unit_test_setup_teardown(a_message_of_any_length_is_one_bounded_line, begin, end),
		cmocka_unit_test_setup_teardown(a_marked_message_keeps_its_mark_however_long_it_is, begin, end),
		cmocka_unit_test_setup_teardown(errno_is_said_behind_the_message, begin, end),
	};
	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
