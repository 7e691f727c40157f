/* The configuration: each fault in its sections, fields and bytes is named, and the rest is taken as it was meant. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/span.h"
#include "base/text.h"
#include "ini.h"

static void an_unknown_section_is_named(void **state)
{
	static const struct fault rows[] = {
		{FORM "[colours]\n", "[colours] ", "no such section"}, {FORM "[colours]\na = b\n", "[colours] ", "no such section"},
		{FORM "[form]\n", "[form] ", "name"}, {FORM "[seeothers]\n", "[seeothers] ", "no such section"},
		{FORM "[forms a]\n", "[forms a] ", "no such section"}, {FORM "[fields]\n", "[fields] ", "[form"},
		{FORM "[form a/b]\n", "[form a/b] ", "name"}, {FORM "[form ../a]\n", "[form ../a] ", "name"},
		{FORM "[form -a]\n", "[form -a] ", "name"},
		{FORM "[form a b]\n", "[form a b] ", "name"}, {FORM "[form a.b]\n", "[form a.b] ", "name"},
	};
	(void)state;
	CHECK(rows);
}

static void what_is_said_of_a_form_or_field_that_is_not_there_is_named(void **state)
{
	static const struct fault rows[] = {
		{FORM "[fields nosuch]\na = text\n", "[fields nosuch] ", "[form nosuch]"},
		{FORM "[labels nosuch]\na = A\n", "[labels nosuch] ", "[form nosuch]"},
		{FORM "[help nosuch]\n", "[help nosuch] ", "[form nosuch]"},
		{FORM "[options nosuch]\n", "[options nosuch] ", "[form nosuch]"},
		{FORM "[patterns nosuch]\n", "[patterns nosuch] ", "[form nosuch]"},
		{FIELDS "a = text\n[labels contact]\nb = B\n", "[labels contact] b: ", "no such field"},
		{FORM "[labels contact]\na = A\n", "[labels contact] a: ", "no such field"},
		{FIELDS "a = text\n[help contact]\nb = B\n", "[help contact] b: ", "no such field"},
		{FIELDS "a = text\n[patterns contact]\nb = B\n", "[patterns contact] b: ", "no such"},
		{FIELDS "a = text\n[options contact]\nb = B\n", "[options contact] b: ", "no such field"},
		{FIELDS "a = text\n[labels contact]\na =\n", "[labels contact] a: ", "label"},
		{FIELDS "a = text name=b\n[labels contact]\nb = B\n", "[labels contact] b: ", "no such field"},
	};
	(void)state;
	CHECK(rows);
}

static void a_field_that_makes_no_sense_is_named(void **state)
{
	static const struct fault rows[] = {
		{FIELDS "a = colour\n", "[fields contact] a: ", "\"colour\""}, {FIELDS "a =\n", "[fields contact] a: ", "type"},
		{FIELDS, "[fields contact] ", "no fields"},
		{FIELDS "a = text requried\n", "[fields contact] a: ", "\"requried\""},
		{FIELDS "a = text options=b\n", "[fields contact] a: ", "\"options\""},
		{FIELDS "a = text multiple\n", "[fields contact] a: ", "\"multiple\""},
		{FIELDS "a = trap required\n", "[fields contact] a: ", "\"required\""},
		{FIELDS "a = text max\n", "[fields contact] a: ", "max="},
		{FIELDS "a = text max=2M\n", "[fields contact] a: ", "\"2M\""},
		{FIELDS "a = number min=low\n", "[fields contact] a: ", "\"low\""},
		{FIELDS "a = date max=today\n", "[fields contact] a: ", "\"today\""},
		{FIELDS "a = text min=3 max=2\n", "[fields contact] a: ", "min is more than max"},
		{FIELDS "a = choice\n", "[fields contact] a: ", "options="},
		{FIELDS "a = date min=2026-02-01 max=2026-01-31\n", "[fields contact] a: ", "min is more than max"},
		{FIELDS "a = choice options=b,c default=d\n", "[fields contact] a: ", "\"d\""},
		{FIELDS "a = choice default=d\n[options contact]\na = b b, c\n", "[fields contact] a: ", "\"d\""},
		{FIELDS "a = text\n[options contact]\na = b\n", "[fields contact] a: ", "no options"},
		{FIELDS "_method = text\n", "[fields contact] _method: ", "reserved"},
		{FIELDS "a = text name=_key\n", "[fields contact] a: ", "reserved"},
		{FIELDS "a = text\nb = text name=a\n", "[fields contact] b: ", "\"a\" too"},
		{FIELDS "a = text name=b\nb = text\n", "[fields contact] b: ", "\"b\" too"},
		{FIELDS "a = text name=x\nb = email name=x\n", "[fields contact] b: ", "\"x\" too"},
	};
	(void)state;
	CHECK(rows);
}

static void bytes_that_have_no_place_in_it_are_named(void **state)
{
	static const struct fault rows[] = {
		{FORM "title = a\x01" "b\n", "[form contact] title: ", "control character"},
		{FORM "title = a\x7f\n", "[form contact] title: ", "control character"},
		{FORM "title = \"\x1b[31m\"\n", "[form contact] title: ", "control character"},
		{FORM "title = \xff\n", "[form contact] title: ", "not UTF-8"},
		{FORM "title = \xc3\n", "[form contact] title: ", "not UTF-8"},
		{FORM "title = \xc0\xaf\n", "[form contact] title: ", "not UTF-8"},
		{FORM "title = \xed\xa0\x80\n", "[form contact] title: ", "not UTF-8"},
		{"[seeother]\ndata = \xe9\n" FORM, "[seeother] data: ", "not UTF-8"},
		{FIELDS "na\xe9me = text\n", "[fields contact] na\xe9me: ", "not UTF-8"},
		{FIELDS "a = text\n[labels contact]\na = \x02\n", "[labels contact] a: ", "control character"},
	};
	(void)state;
	CHECK(rows);
	struct config *config = loaded(FORM "title = \"a\tb\xe2\x82\xac\"\n");
	assert_string_equal(config->forms[0].title, "a\tb\xe2\x82\xac");
	config_free(config);
}

static void what_stands_before_any_section_is_named(void **state)
{
	static const struct fault rows[] = {
		{"title = a\n" FORM, "", "\"title\" stands before the first section"},
		{"\n; a comment\ndata = a\n[seeother]\n" FORM, "", "\"data\" stands before"},
		{"[seeother]\n", "", "no form"}, {"", "", "no form"}, {"; nothing\n", "", "no form"},
	};
	(void)state;
	CHECK(rows);
}

static void a_line_that_can_not_be_read_is_named_by_its_number(void **state)
{
	const char *long_line = text_printed(&arena, FORM "title = %1024d\n", 1);
	const struct { const char *ini, *what, *where; } rows[] = {
		{"[seeother]\n[form contact] ; a comment\n", "[form contact] ; a comment", ":2: "},
		{FORM "[labels contact] # a comment\n", "[labels contact] # a comment", ":2: "},
		{FORM "\n\ntitle\n", "title", ":4: "}, {"[form contact\n", "[form contact", ":1: "}, {long_line, "too long", ":2: "},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text faults;
		assert_null(load(rows[i].ini, &faults));
		const char *words = text_string(&faults);
		if (!strstr(words, path) || !strstr(words, rows[i].what) || !strstr(words, rows[i].where))
			fail_msg("%s%s", rows[i].ini, words);
	}
}

static void a_comment_behind_a_section_is_no_key_of_the_one_before(void **state)
{
	static const char *const rows[] = {"[form contact] ; a = b\n", FORM "[fields contact] ; a = b\nc = text\n",
		"[seeother]\n[form contact] # a = b\n",
		FIELDS "a = text\n[labels contact] ; b = text\n", FIELDS "a = text\n[help contact] # said = text required\n"};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text faults;
		struct config *config = load(rows[i], &faults);
		if (config || !strstr(text_string(&faults), path))
			fail_msg("%s%s", rows[i], config ? "is taken" : text_string(&faults));
	}
}

static void a_file_that_is_not_there_is_named(void **state)
{
	struct text faults = {.arena = &arena};
	char missing[PATH_MAX + 8];
	(void)state;
	snprintf(missing, sizeof missing, "%s.missing", path);
	assert_null(config_load(missing, &faults));
	assert_string_equal(text_string(&faults), text_printed(&arena, "%s: can't be read: No such file or directory\n", missing));
}

static void all_faults_are_said_at_once_and_those_of_before_stay(void **state)
{
	struct text faults;
	size_t lines = 0;
	(void)state;
	assert_null(load("[seeother]\nb = 2\n[colours]\n" FIELDS "c = colour\nd = text min=2 max=1\n[labels contact]\ne = E\n",
		&faults));
	for (const char *c = text_string(&faults); *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 5);
	struct text more = {.arena = &arena};
	text_put(&more, "before\n");
	struct config *config = loaded(FORM);
	config_free(config);
	config = config_load(path, &more);
	assert_non_null(config);
	assert_string_equal(text_string(&more), "before\n");
	config_free(config);
}

static void fields_keep_their_order_however_many(void **state)
{
	enum { MANY = 400 };
	struct text ini = {.arena = &arena};
	(void)state;
	text_put(&ini, "[seeother]\nmax_fields = 1000\n" FIELDS);
	for (unsigned i = 0; i < MANY; i++)
		text_format(&ini, "f%u = text\n", i * 7919u % MANY);
	struct config *config = loaded(text_string(&ini));
	assert_int_equal(config->forms[0].fields_n, MANY);
	for (unsigned i = 0; i < MANY; i++)
		assert_string_equal(config->forms[0].fields[i].key, text_printed(&arena, "f%u", i * 7919u % MANY));
	config_free(config);
}

static void what_is_said_of_a_field_is_put_to_it(void **state)
{
	struct config *config = loaded(
		"[labels contact]\nWHO = \"Your name; or #2\"\n[patterns contact]\nwho = [A-Z].*\n[options contact]\ntopic = A question, An order\n"
		"[help contact]\nwho = As in the book ; a comment\n[fields contact]\nWho = text name=Full-Name ; a comment\ntopic = choice default=x\n"
		"[form contact]\ntitle = 'It''s'\nintro = \nbutton =\n[fields other]\na = text\n[form Other]\n[options contact]\ntopic = A question, x\n");
	const struct form *form = config_form(config, span_of("contact"));
	const struct field *who = form_field(form, span_of("Full-Name")), *topic = form_field(form, span_of("topic"));
	(void)state;
	assert_non_null(config_form(config, span_of("other")));
	assert_non_null(who);
	assert_non_null(topic);
	assert_null(form_field(form, span_of("who")));
	assert_string_equal(who->key, "who");
	assert_string_equal(who->label, "Your name; or #2");
	assert_string_equal(who->pattern, "[A-Z].*");
	assert_string_equal(who->help, "As in the book");
	assert_string_equal(topic->label, "topic");
	assert_int_equal(topic->options.n, 2);
	assert_string_equal(topic->options.values[0], "A question");
	assert_null(form->button);
	assert_null(form->intro);
	config_free(config);
}

static void a_pattern_that_is_none_is_named_when_it_is_tried(void **state)
{
	struct config *config = loaded(FIELDS "a = text\nb = text\n[patterns contact]\na = [0-9]+\nb = (0\n");
	struct text faults = {.arena = &arena};
	(void)state;
	config_check(config, &faults, &faults);
	const char *start = text_printed(&arena, "%s:7: [patterns contact] b: ", path);
	assert_memory_equal(text_string(&faults), start, strlen(start));
	assert_ptr_equal(strchr(faults.bytes, '\n'), faults.bytes + faults.length - 1);
	config_free(config);
}

/* Files that iniparser takes in a way nobody means: each must be refused, or read as one form with all of these fields. */
struct oddity {
	const char *ini, *fields[4];
};

enum { REFUSED_OR_READ, REFUSED_SILENTLY, FIELD_LOST, FORM_LOST, CRASHED };

/* In a process of its own, and without cmocka's handlers, for it may not survive. */
static int outcome_of(const struct oddity *oddity)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct text faults;
		signal(SIGSEGV, SIG_DFL);
		struct config *config = load(oddity->ini, &faults);
		if (!config)
			_exit(faults.length ? REFUSED_OR_READ : REFUSED_SILENTLY);
		if (config->forms_n != 1)
			_exit(FORM_LOST);
		for (const char *const *field = oddity->fields; *field; field++)
			if (!form_field(&config->forms[0], span_of(*field)))
				_exit(FIELD_LOST);
		_exit(REFUSED_OR_READ);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : CRASHED;
}

static void check_oddities(const struct oddity *rows, size_t n)
{
	static const char *const said[] = {"", "refused without a word", "a field was lost", "a form was lost", "crashed"};
	size_t failed = 0;
	for (size_t i = 0; i < n; i++) {
		int outcome = outcome_of(&rows[i]);
		if (outcome != REFUSED_OR_READ)
			print_error("--- %s:\n%s", said[outcome], rows[i].ini);
		failed += outcome != REFUSED_OR_READ;
	}
	assert_int_equal(failed, 0);
}

static void a_section_that_is_spelt_in_two_ways_is_one_or_refused(void **state)
{
	static const struct oddity rows[] = {
		{FIELDS "a = text\n[fields contact]\nb = text\n", {"a", "b"}},
		{FIELDS "a = text\n[FIELDS Contact]\nb = text\n", {"a", "b"}},
		{FORM "[form  contact]\ntitle = a\n", {NULL}},
		{FIELDS "a = text\nb = text\n[fields  contact]\nc = text\n", {"a", "b", "c"}},
		{FIELDS "a = text\n[fields\tcontact]\nb = text\n", {"a", "b"}},
	};
	(void)state;
	check_oddities(rows, sizeof rows / sizeof *rows);
}

static void a_section_name_with_a_colon_is_refused(void **state)
{
	static const struct oddity rows[] = {
		{FORM "[fields contact:x]\na = text\n", {"refused"}}, {FORM "[colours:x]\n", {"refused"}},
		{FORM "[form contact:title]\n", {"refused"}},
		{FIELDS "a = text\n[fields contact:a]\n", {"refused"}},
	};
	(void)state;
	check_oddities(rows, sizeof rows / sizeof *rows);
}

/* Fills a text with forms, of which iniparser gets some at a time. */
static void put_forms(struct text *ini, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		text_format(ini, "[form f%u]\nbutton = B%u\n[fields f%u]\nname = text required max=%u\n; a comment\nmail = email\n", i, i, i, i);
}

static void check_forms(const struct config *config, size_t n)
{
	assert_int_equal(config->forms_n, n);
	for (size_t i = 0; i < n; i++) {
		const struct form *form = &config->forms[i];
		if (form->fields_n != 2 || strcmp(form->button, text_printed(&arena, "B%zu", i)) != 0 || form->fields[0].max.number != (double)i)
			fail_msg("form %zu: %zu fields, button %s", i, form->fields_n, form->button);
	}
}

static void a_long_file_is_read_whole_and_its_lines_are_counted(void **state)
{
	enum { FORMS = 2000 };
	struct text ini = {.arena = &arena}, faults;
	(void)state;
	put_forms(&ini, FORMS);
	struct config *config = loaded(text_string(&ini));
	check_forms(config, FORMS);
	config_free(config);
	setenv("TMPDIR", "/nonexistent", 1); /* versions of iniparser before 4.2 need files */
	config = loaded(text_string(&ini));
	unsetenv("TMPDIR");
	check_forms(config, FORMS);
	config_free(config);
	text_put(&ini, "[form f1]\nbutton = again\n");
	config = loaded(text_string(&ini));
	assert_int_equal(config->forms_n, FORMS);
	assert_string_equal(config->forms[1].button, "again");
	config_free(config);
	text_put(&ini, "not a line\n[form last]\nunknown = 1\nnor this\n");
	assert_null(load(text_string(&ini), &faults));
	assert_string_equal(text_string(&faults),
		text_printed(&arena, "%s:12003: syntax error in \"not a line\": a line is a [section], a key = value, or a comment\n"
			"%s:12006: syntax error in \"nor this\": a line is a [section], a key = value, or a comment\n"
			"%s:12005: [form last] unknown: there is no such key\n", path, path, path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unknown_section_is_named),
		TEST(what_is_said_of_a_form_or_field_that_is_not_there_is_named),
		TEST(a_field_that_makes_no_sense_is_named),
		TEST(bytes_that_have_no_place_in_it_are_named),
		TEST(what_stands_before_any_section_is_named),
		TEST(a_line_that_can_not_be_read_is_named_by_its_number),
		TEST(a_comment_behind_a_section_is_no_key_of_the_one_before),
		TEST(a_file_that_is_not_there_is_named),
		TEST(all_faults_are_said_at_once_and_those_of_before_stay),
		TEST(fields_keep_their_order_however_many),
		TEST(what_is_said_of_a_field_is_put_to_it),
		TEST(a_pattern_that_is_none_is_named_when_it_is_tried),
		TEST(a_section_that_is_spelt_in_two_ways_is_one_or_refused),
		TEST(a_section_name_with_a_colon_is_refused),
		TEST(a_long_file_is_read_whole_and_its_lines_are_counted),
	};
	return cmocka_run_group_tests_name("config", tests, begin, scratch_remove);
}
