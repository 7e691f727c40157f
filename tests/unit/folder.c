/* Folders: made with all above them, and told apart from those that the web server gives out. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/folder.h"
#include "base/path.h"
#include "scratch.h"

/* The tests go by relative paths, from the scratch folder. */
static int begin(void **state)
{
	return scratch_make(state) < 0 || chdir(scratch) < 0 ? -1 : 0;
}

static int end(void **state)
{
	return chdir("/") < 0 ? -1 : scratch_remove(state);
}

static const char *absolute(const char *path, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s%s%s", *path == '/' ? "" : scratch, *path == '/' ? "" : "/", path);
	return out;
}

static void file_make(const char *path)
{
	FILE *file = fopen(path, "wx");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
}

static bool is_folder(const char *path)
{
	struct stat status;
	return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void a_folder_is_made_with_all_above_it(void **state)
{
	char path[PATH_MAX];
	struct stat status;
	mode_t mask = umask(0);
	(void)state;
	assert_int_equal(folder_make(absolute("made/a/b/c", path)), 0);
	assert_int_equal(folder_make("made/d/e"), 0);
	assert_int_equal(folder_make("made/f/g/"), 0);
	assert_int_equal(folder_make("made//h//i"), 0);
	umask(mask);
	assert_true(is_folder("made/a/b/c") && is_folder("made/d/e") && is_folder("made/f/g") && is_folder("made/h/i"));
	assert_int_equal(stat("made/a", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0750);
}

static void a_folder_that_is_there_stays_as_it_is(void **state)
{
	struct stat status;
	(void)state;
	assert_int_equal(mkdir("old", 0700), 0);
	assert_int_equal(mkdir("old/in", 0700), 0);
	assert_int_equal(folder_make("old"), 0);
	assert_int_equal(folder_make("old/in"), 0);
	assert_int_equal(stat("old", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
}

static void a_folder_below_a_file_or_a_name_too_long_can_not_be_made(void **state)
{
	char path[2 * PATH_MAX];
	(void)state;
	file_make("plain");
	errno = 0;
	assert_int_equal(folder_make("plain/a"), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(folder_make("plain/a/b"), -1);
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(folder_make(path), -1);
	for (size_t i = 100; i < sizeof path - 1; i += 100)
		path[i] = '/';
	errno = 0;
	assert_int_equal(folder_make(path), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void a_file_where_the_folder_should_be_is_a_failure(void **state)
{
	(void)state;
	file_make("file");
	assert_int_equal(folder_make("file"), -1);
}

static void only_a_folder_is_flushed(void **state)
{
	(void)state;
	assert_int_equal(folder_sync("."), 0);
	assert_int_equal(folder_sync(scratch), 0);
	errno = 0;
	assert_int_equal(folder_sync("missing"), -1);
	assert_int_equal(errno, ENOENT);
	file_make("flushed");
	errno = 0;
	assert_int_equal(folder_sync("flushed"), -1);
	assert_int_equal(errno, ENOTDIR);
}

static void a_path_is_inside_where_its_links_lead(void **state)
{
	static const struct { const char *path, *folder; bool inside; } rows[] = {
		{"site", "site", true}, {"site/", "site", true}, {"site", "site/", true}, {"site/sub", "site", true},
		{"site/sub/..", "site", true}, {"./site/./sub", "site", true}, {"site/../data", "site", false},
		{"data/../site/sub", "site", true}, {"data", "site", false}, {"site", "site/sub", false}, {".", "site", false},
		{"..", "site", false}, {"site2", "site", false}, {"site2/site", "site", false}, {"sit", "site", false},
		/* links, in the path and as the folder */
		{"to-site", "site", true}, {"to-site/sub", "site", true}, {"data/to-sub", "site", true},
		{"site/to-data", "site", false}, {"to-site/to-data", "site", false}, {"site", "to-site", true},
		{"site/sub", "to-site", true}, {"data", "to-site", false}, {"data", "site/to-data", true},
		{"to-to-site/sub", "site", true}, {"data/to-sub/..", "site", true},
		/* not there yet */
		{"site/new", "site", true}, {"site/new/er/", "site", true}, {"site2/new", "site", false},
		{"sitenew", "site", false}, {"data/new/site", "site", false}, {"new", "site", false}, {"new", ".", true},
		{"new/er", ".", true}, {"to-site/new", "site", true}, {"data/to-sub/new/er", "site", true},
		{"site/to-data/new", "site", false}, {"site/to-data/new", "data", true}, {"new", "to-site", false},
		{"to-site/new", "to-site", true},
		/* a folder that is not there yet either */
		{"missing", "missing", true}, {"missing/a", "missing", true}, {"missing2", "missing", false},
		{"site", "missing", false}, {"site/new/er", "to-site/new", true}, {"data/new", "site/to-data/new", true},
		/* the root holds everything */
		{"data", "/", true}, {"data/new", "/", true}, {"/", "/", true}, {"/new", "/", true}, {"/", "site", false},
		{"/new", "site", false},
	};
	char path[PATH_MAX], folder[PATH_MAX];
	(void)state;
	for (const char *const *made = (const char *const[]){"site", "site/sub", "site2", "site2/site", "data", NULL}; *made; made++)
		assert_int_equal(mkdir(*made, 0700), 0);
	assert_int_equal(symlink("site", "to-site") | symlink("to-site", "to-to-site") | symlink("../site/sub", "data/to-sub"), 0);
	assert_int_equal(symlink("../data", "site/to-data"), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (path_is_inside(rows[i].path, rows[i].folder) != rows[i].inside)
			fail_msg("%s in %s", rows[i].path, rows[i].folder);
		if (path_is_inside(absolute(rows[i].path, path), absolute(rows[i].folder, folder)) != rows[i].inside)
			fail_msg("%s in %s", path, folder);
	}
}

/* "missing" is made on the way, and then ".." leads into the site. */
static void a_path_that_leads_back_out_of_a_folder_to_be_made_is_followed(void **state)
{
	(void)state;
	assert_int_equal(mkdir("web", 0700), 0);
	bool inside = path_is_inside("missing/../web/data", "web");
	assert_int_equal(folder_make("missing/../web/data"), 0);
	assert_true(is_folder("web/data"));
	assert_true(inside);
}

static void a_link_to_what_is_not_there_yet_is_followed(void **state)
{
	(void)state;
	assert_int_equal(mkdir("docs", 0700), 0);
	assert_int_equal(symlink("docs/later", "to-later"), 0);
	bool inside = path_is_inside("to-later", "docs"), deeper = path_is_inside("to-later/a", "docs");
	assert_int_equal(mkdir("docs/later", 0700), 0);
	assert_true(path_is_inside("to-later", "docs"));
	assert_true(inside);
	assert_true(deeper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_is_made_with_all_above_it),
		cmocka_unit_test(a_folder_that_is_there_stays_as_it_is),
		cmocka_unit_test(a_folder_below_a_file_or_a_name_too_long_can_not_be_made),
		cmocka_unit_test(a_file_where_the_folder_should_be_is_a_failure),
		cmocka_unit_test(only_a_folder_is_flushed),
		cmocka_unit_test(a_path_is_inside_where_its_links_lead),
		cmocka_unit_test(a_path_that_leads_back_out_of_a_folder_to_be_made_is_followed),
		cmocka_unit_test(a_link_to_what_is_not_there_yet_is_followed),
	};
	return cmocka_run_group_tests_name("folder", tests, begin, end);
}
