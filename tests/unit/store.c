/* The store: however many forms there are, a process keeps the files of some open. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/span.h"
#include "base/text.h"
#include "keep/store.h"
#include "scratch.h"

enum { FORMS = 200, A_DAY = 24 * 60 * 60 };

static const time_t noon = 1795435200; /* of 2026-11-23 */

static int group_begin(void **state)
{
	return sodium_init() < 0 ? -1 : scratch_make(state);
}

static size_t descriptors(void)
{
	size_t n = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

/* Keeps a line, and gives what was done. */
static enum store_kept keep(struct store *store, const struct form *form, struct arena *arena)
{
	char id[ID_LENGTH + 1], text[KEY_TEXT + 1];
	struct submission nothing = {.arena = arena};
	struct text line = {.arena = arena};
	struct key key;
	key_make(&key, store_secret(store, true), KEY_HEADER, span_of("key"), form->name, &nothing);
	key.seconds = form->remember;
	key_write(&key, text);
	text_format(&line, LOG_LINE_START "-----------------------------\",\"form\":\"%s\",\"received\":\"2026-11-23T12:00:00.000Z\","
		"\"key\":\"%s\",\"fields\":{}}\n", form->name, text);
	return store_keep(store, form, &line, noon, &key, id);
}

static void few_files_stay_open_for_many_forms(void **state)
{
	struct arena arena = {0};
	struct config config = {.data = scratch, .node = ""};
	(void)state;
	config_make_forms(&config, FORMS);
	for (size_t i = 0; i < FORMS; i++)
		config_add_form(&config, text_printed(&arena, "f%zu", i))->remember = A_DAY;
	size_t before = descriptors();
	struct store *store = store_new(&config);
	for (size_t i = 0; i < FORMS; i++)
		assert_int_equal(keep(store, &config.forms[i], &arena), STORE_KEPT);
	assert_in_range(descriptors(), before, before + FORMS);
	for (size_t i = 0; i < FORMS; i++)
		assert_int_equal(keep(store, &config.forms[FORMS - 1 - i], &arena), STORE_KEPT_BEFORE);
	assert_in_range(descriptors(), before, before + FORMS);
	store_free(store);
	assert_int_equal(descriptors(), before);
	arena_free(&config.arena);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_files_stay_open_for_many_forms),
	};
	return cmocka_run_group_tests_name("store", tests, group_begin, scratch_remove);
}
