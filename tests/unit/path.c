/* Paths that are put together. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/path.h"

static void parts_follow_each_other(void **state)
{
	char path[PATH_MAX] = "x";
	(void)state;
	assert_int_equal(path_write(path, "", NULL), 0);
	assert_string_equal(path, "");
	assert_int_equal(path_write(path, "/data", "/", "contact", "", ".jsonl", NULL), 0);
	assert_string_equal(path, "/data/contact.jsonl");
}

static void what_is_too_long_is_cut_and_told(void **state)
{
	char path[PATH_MAX], long_name[PATH_MAX];
	(void)state;
	memset(long_name, 'a', sizeof long_name);
	long_name[PATH_MAX - 2] = '\0';
	assert_int_equal(path_write(path, "/", long_name, NULL), 0);
	assert_int_equal(strlen(path), PATH_MAX - 1);
	errno = 0;
	assert_int_equal(path_write(path, "/", long_name, "b", NULL), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(strlen(path), PATH_MAX - 1);
	assert_int_equal(path_write(path, "//", long_name, "", "c", NULL), -1);
	assert_int_equal(path[PATH_MAX - 2], 'a');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_follow_each_other),
		cmocka_unit_test(what_is_too_long_is_cut_and_told),
	};
	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
