/* Maps: made whole or not at all, looked up as they are now, and harmless when they are garbage. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/span.h"
#include "base/text.h"
#include "keep/map.h"
#include "scratch.h"

static struct arena arena;
static struct map map;
static char file[PATH_MAX], base[PATH_MAX + 4], fresh[PATH_MAX + 8];

static int begin(void **state)
{
	(void)state;
	snprintf(file, sizeof file, "%s/names", scratch);
	snprintf(base, sizeof base, "%s.cdb", file);
	snprintf(fresh, sizeof fresh, "%s.cdb.new", file);
	return 0;
}

static int end(void **state)
{
	(void)state;
	map_end(&map);
	arena_free(&arena);
	unlink(file);
	unlink(base);
	return 0;
}

static void put(const char *path, const char *bytes, size_t n)
{
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(out), 0);
}

/* Makes the map of a text: how many entries, or -1 and the faults. */
static long made(const char *text, size_t n, const char **faults)
{
	struct text said = {.arena = &arena};
	put(file, text, n);
	long entries = map_make(file, &said, NULL);
	*faults = text_string(&said);
	return entries;
}

static void make(const char *text, long entries)
{
	const char *faults;
	assert_int_equal(made(text, strlen(text), &faults), entries);
	assert_string_equal(faults, "");
	assert_int_equal(access(fresh, F_OK), -1);
}

static int find(const char *name, struct map_entry entries[MAP_ENTRIES])
{
	return map_find(&map, file, span_of(name), &arena, entries);
}

static void a_name_has_its_entries_in_their_order(void **state)
{
	struct map_entry found[MAP_ENTRIES];
	(void)state;
	make("# a comment\n\nada\t/a.html\ttext/html\nbob\t/b\nada\t/a.ttl\ttext/turtle\r\nada\thttps://x.example/a\t\nlast one\t/l", 5);
	assert_int_equal(find("ada", found), 3);
	assert_string_equal(found[0].target, "/a.html");
	assert_string_equal(found[0].type, "text/html");
	assert_string_equal(found[1].target, "/a.ttl");
	assert_string_equal(found[1].type, "text/turtle");
	assert_string_equal(found[2].target, "https://x.example/a");
	assert_null(found[2].type);
	assert_int_equal(find("bob", found), 1);
	assert_null(found[0].type);
	assert_int_equal(find("last one", found), 1);
	assert_int_equal(find("nobody", found), 0);
	assert_int_equal(find("", found), 0);
	assert_int_equal(find("# a comment", found), 0);
}

static void a_fault_has_its_line_and_the_old_map_stays(void **state)
{
	static const char nul[] = "a\t/x\nb\0c\t/y\n";
	static const char *const wrong[] = {"b\n", "b /x\n", "\t/x\n", "b\t\n", "b\tx\n", "b\t//x\n", "b\t/{x}\n",
	"b\t/x\thtml\n", "b\t/x\ta/b\tc\n", "b\t/\xc3\xbc\n"};
	struct map_entry found[MAP_ENTRIES];
	const char *faults;
	(void)state;
	make("old\t/old\n", 1);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *text = text_printed(&arena, "a\t/x\n%sc\t/z\n", wrong[i]);
		if (made(text, strlen(text), &faults) != -1 || !strstr(faults, "names:2: ") || strstr(faults, "names:3: "))
			fail_msg("%s: %s", wrong[i], faults);
		assert_int_equal(access(fresh, F_OK), -1);
		assert_int_equal(find("old", found), 1);
	}
	assert_int_equal(made(nul, sizeof nul - 1, &faults), -1);
	assert_non_null(strstr(faults, "names:2: "));
	assert_int_equal(find("a", found), 0);
}

static void a_map_that_was_replaced_is_seen_and_a_missing_one_is_no_empty_one(void **state)
{
	struct map_entry found[MAP_ENTRIES];
	(void)state;
	assert_int_equal(find("a", found), -1);
	make("a\t/1\n", 1);
	assert_int_equal(find("a", found), 1);
	for (int i = 2; i < 50; i++) {
		make(text_printed(&arena, "a\t/%d\n", i), 1);
		assert_int_equal(find("a", found), 1);
		assert_string_equal(found[0].target, text_printed(&arena, "/%d", i));
	}
	make("", 0);
	assert_int_equal(find("a", found), 0);
	assert_int_equal(unlink(base), 0);
	assert_int_equal(find("a", found), -1);
	make("a\t/9\n", 1);
	assert_int_equal(find("a", found), 1);
}

static void what_a_dead_process_left_half_written_is_no_hindrance(void **state)
{
	struct map_entry found[MAP_ENTRIES];
	char rubbish[20000];
	(void)state;
	memset(rubbish, 'x', sizeof rubbish);
	put(fresh, rubbish, sizeof rubbish);
	make("a\t/1\n", 1);
	assert_int_equal(find("a", found), 1);
}

static void garbage_gives_no_entry(void **state)
{
	struct map_entry found[MAP_ENTRIES];
	char bytes[8192];
	(void)state;
	for (unsigned seed = 0; seed < 300; seed++) {
		for (size_t i = 0; i < sizeof bytes; i++) /* small numbers too, which may be offsets */
			bytes[i] = (char)(seed % 3 == 0 ? (i * 31 + seed * 7) >> 3 : seed % 3 == 1 ? (i % 4 == 1 ? seed % 32 : 0) : i % (seed + 2));
		unlink(base);
		put(base, bytes, seed * 29 % sizeof bytes);
		assert_true(find("ada", found) <= 0);
		assert_true(find("x", found) <= 0);
	}
}

/* Each byte of a sound database is changed in turn: what is found is a target, whatever it says. */
static void a_damaged_map_gives_targets_only(void **state)
{
	struct map_entry found[MAP_ENTRIES];
	char whole[8192];
	(void)state;
	make("ada\t/a.html\ttext/html\nada\t/b\n", 2);
	FILE *in = fopen(base, "r");
	size_t n = fread(whole, 1, sizeof whole, in);
	fclose(in);
	assert_in_range(n, 2049, sizeof whole - 1);
	for (size_t i = 0; i < n; i++) {
		if (i < 2048 && whole[i] == 0 && i % 16)
			continue; /* tables that have nothing in them */
		for (int change = 1; change < 256; change += 37) {
			whole[i] = (char)(whole[i] ^ change);
			unlink(base);
			put(base, whole, n);
			int entries = find("ada", found);
			for (int k = 0; k < entries; k++)
				if ((found[k].target[0] != '/' && strncmp(found[k].target, "http",
				4) != 0) || strpbrk(found[k].target, "<>\"\r\n {}"))
					fail_msg("byte %zu: %s", i, found[k].target);
			whole[i] = (char)(whole[i] ^ change);
		}
		arena_reset(&arena);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_has_its_entries_in_their_order),
		TEST(a_fault_has_its_line_and_the_old_map_stays),
		TEST(a_map_that_was_replaced_is_seen_and_a_missing_one_is_no_empty_one),
		TEST(what_a_dead_process_left_half_written_is_no_hindrance),
		TEST(garbage_gives_no_entry),
		TEST(a_damaged_map_gives_targets_only),
	};
	return cmocka_run_group_tests_name("map", tests, scratch_make, scratch_remove);
}
