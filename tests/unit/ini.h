/* A config.ini of a test program's own, and what loading it must give; with code, since each program is one file. */
#ifndef INI_H
#define INI_H

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/config.h"
#include "config/config_check.h"
#include "config/config_load.h"
#include "scratch.h"

#define FORM "[form contact]\n"
#define FIELDS FORM "[fields contact]\n"

static struct arena arena;
static char path[PATH_MAX];

/* A group's setup. */
static int begin(void **state)
{
	if (scratch_make(state) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/config.ini", scratch);
	return 0;
}

/* A test's teardown. */
static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct config *load(const char *ini, struct text *faults)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(ini, 1, strlen(ini), file), strlen(ini));
	assert_int_equal(fclose(file), 0);
	*faults = (struct text){.arena = &arena};
	return config_load(path, faults);
}

static struct config *loaded(const char *ini)
{
	struct text faults;
	struct config *config = load(ini, &faults);
	if (!config || faults.length)
		fail_msg("%s%s", ini, text_string(&faults));
	return config;
}

/* Returns what a fault's line says behind the file's name and, where it has one, the number of the line at fault; "" if it is another file's. */
static const char *behind_name(const char *said)
{
	size_t n = strlen(path);
	if (strncmp(said, path, n) != 0)
		return "";
	said += n;
	if (said[0] == ':' && said[1] != ' ')
		said += 1 + strspn(said + 1, "0123456789");
	return strncmp(said, ": ", 2) == 0 ? said + 2 : "";
}

/* A file, and of the one line that it gets: what stands behind the file's name and line, and what comes later. */
struct fault {
	const char *ini, *where, *what;
};

static void check(const struct fault *rows, size_t n)
{
	size_t failed = 0;
	for (size_t i = 0; i < n; i++) {
		struct text faults;
		struct config *config = load(rows[i].ini, &faults);
		const char *start = rows[i].where, *said = text_string(&faults), *behind = behind_name(said);
		bool starts = strncmp(behind, start, strlen(start)) == 0;
		const char *what = starts ? strstr(behind + strlen(start), rows[i].what) : NULL, *end = strchr(said, '\n');
		if (config || !what || !end || end[1]) {
			print_error("--- should say: %s%s\n%s--- but says:\n%s", start, rows[i].what, rows[i].ini,
				config ? "nothing\n" : said);
			failed++;
		}
		config_free(config);
	}
	assert_int_equal(failed, 0);
}

#define CHECK(rows) check(rows, sizeof rows / sizeof *rows)

#define TEST(name) cmocka_unit_test_teardown(name, forget)

#endif
