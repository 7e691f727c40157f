/* Links: of several that are made at once one is there, with its text; and what else is left beside it. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/put.h"
#include "scratch.h"

/* Gives how many names are in the folder at a descriptor. */
static int count_names(int at)
{
	DIR *folder = fdopendir(openat(at, ".", O_RDONLY | O_DIRECTORY));
	int n = 0;
	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n - 2;
}

static void a_link_that_is_there_stays(void **state)
{
	(void)state;
	char text[16];
	int at = open(scratch, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(at, "x", 0700), 0);
	assert_int_equal(put_link(at, "x/a", "first", true), 0);
	assert_int_equal(put_link(at, "x/a", "second", true), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(readlinkat(at, "x/a", text, sizeof text), 5);
	assert_memory_equal(text, "first", 5);
	int below = openat(at, "x", O_RDONLY | O_DIRECTORY);
	assert_int_equal(count_names(below), 1);
	assert_int_equal(put_link(below, "b", "first", false), 0);
	assert_int_equal(put_link(below, "b", "second", false), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(count_names(below), 4); /* and the other names of both */
	close(below);
	close(at);
}

static void where_nothing_can_be_made_errno_says_why(void **state)
{
	(void)state;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/nowhere/a", scratch);
	assert_int_equal(put_link(AT_FDCWD, path, "text", true), -1);
	assert_int_equal(errno, ENOENT);
	memset(path, 'a', sizeof path - 1);
	memcpy(path, "x/", 2);
	path[sizeof path - 1] = '\0';
	path[PATH_MAX - 10] = '/';
	assert_int_equal(put_link(AT_FDCWD, path, "text", true), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void of_two_processes_one_makes_each_link(void **state)
{
	(void)state;
	enum { LINKS = 500 };
	char path[PATH_MAX], text[16];
	int made[2] = {0}, status;
	pid_t other = fork();
	for (int i = 0; i < LINKS; i++) {
		snprintf(path, sizeof path, "%s/%d", scratch, i);
		made[0] += put_link(AT_FDCWD, path, other ? "one" : "two", true) == 0;
	}
	if (!other)
		_exit(0);
	assert_int_equal(waitpid(other, &status, 0), other);
	for (int i = 0; i < LINKS; i++) {
		snprintf(path, sizeof path, "%s/%d", scratch, i);
		assert_int_equal(readlink(path, text, sizeof text), 3);
		made[1] += memcmp(text, "one", 3) == 0;
	}
	assert_int_equal(made[0], made[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_link_that_is_there_stays, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(where_nothing_can_be_made_errno_says_why, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(of_two_processes_one_makes_each_link, scratch_make, scratch_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
