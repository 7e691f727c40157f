/* Settings: the keys of [seeother] and [form NAME], what they take and what they are by default. */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/span.h"
#include "base/text.h"
#include "ini.h"

static void an_unknown_key_is_named_with_the_nearest_known_one(void **state)
{
	static const struct fault rows[] = {
		{FORM "titel = a\n", "[form contact] titel: ", "did you mean \"title\"?"},
		{FORM "tile = a\n", "[form contact] tile: ", "did you mean \"title\"?"},
		{"[seeother]\nmaxbody = 1M\n" FORM, "[seeother] maxbody: ", "did you mean \"max_body\"?"},
		{"[seeother]\ndurabel = no\n" FORM, "[seeother] durabel: ", "did you mean \"durable\"?"},
		{"[seeother]\nwhatever-it-is = 1\n" FORM, "[seeother] whatever-it-is: ", "no such key"},
		{FORM "data = a\n", "[form contact] data: ", "no such key"},
		{"[seeother]\ntitle = a\n" FORM, "[seeother] title: ", "no such key"},
	};
	(void)state;
	CHECK(rows);
}

static void a_value_that_can_not_be_read_is_named(void **state)
{
	static const struct fault rows[] = {
		{"[seeother]\nmax_body = 2MB\n" FORM, "[seeother] max_body: ", "\"2MB\""},
		{"[seeother]\nmax_body =\n" FORM, "[seeother] max_body: ", "size"},
		{"[seeother]\nmax_value = -1\n" FORM, "[seeother] max_value: ", "\"-1\""},
		{"[seeother]\nmax_name = many\n" FORM, "[seeother] max_name: ", "\"many\""},
		{"[seeother]\nmax_fields = 1K\n" FORM, "[seeother] max_fields: ", "\"1K\""},
		{"[seeother]\nmax_fields = 1.5\n" FORM, "[seeother] max_fields: ", "\"1.5\""},
		{FORM "max_body = 99999999999G\n", "[form contact] max_body: ", "\"99999999999G\""},
		{FORM "max_fields = x\n", "[form contact] max_fields: ", "\"x\""},
		{"[seeother]\ndurable = maybe\n" FORM, "[seeother] durable: ", "\"maybe\""},
		{"[seeother]\ndurable = y\n" FORM, "[seeother] durable: ", "yes or no"},
		{"[seeother]\ndurable =\n" FORM, "[seeother] durable: ", "yes or no"},
		{"[seeother]\nnode = a/b\n" FORM, "[seeother] node: ", "\"a/b\""},
		{"[seeother]\nnode = a.b\n" FORM, "[seeother] node: ", "\"a.b\""},
		{"[seeother]\ndata =\n" FORM, "[seeother] data: ", "folder"},
		{FIELDS "a = text\n[form contact]\nshow = a, b\n", "[form contact] ", "\"b\""},
	};
	(void)state;
	CHECK(rows);
}

static void a_base_is_an_absolute_url_without_a_query(void **state)
{
	static const char *const bad[] = {"https://example.org/a?b=c", "https://example.org/a?", "\"https://example.org/#a\"",
		"https://example.org/{id}", "/a", "example.org", "//example.org", "ftp://example.org/", "https://", "https:///a",
		"https://ada@example.org/", "https://exa mple.org/", "https://example.org/a b", "https://example.org:0/",
		"https://example.org:65536/", "https://example.org/\xc3\xa9", "https://example.org/<",
		"https://example.org\\@evil.example/", "javascript:a"};
	static const struct { const char *base, *read; } good[] = {
		{"https://example.org", "https://example.org"}, {"https://example.org/", "https://example.org"},
		{"https://example.org///", "https://example.org"},
		{"HTTPS://Example.ORG:443/cgi-bin/SeeOther/", "https://example.org/cgi-bin/SeeOther"},
		{"http://[::1]:8080/a", "http://[::1]:8080/a"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct fault row = {text_printed(&arena, "[seeother]\nbase = %s\n" FORM, bad[i]), "[seeother] base: ", "absolute"};
		check(&row, 1);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct config *config = loaded(text_printed(&arena, "[seeother]\nbase = %s\n" FORM, good[i].base));
		assert_string_equal(config->base, good[i].read);
		config_free(config);
	}
}

static void a_target_is_a_url_or_a_path_with_known_placeholders(void **state)
{
	static const char *const bad[] = {"//evil.example", "//evil.example/{id}", "/\\evil.example", "\\\\evil.example",
		"thanks.html", "?a", "javascript:alert(1)", "data:text/html,a", "ftp://example.org/", "https:evil.example",
		"https://", "https://{id}/", "/a b", "/a\"", "/\xc3\xa9", "/<a>", "/{name}", "/{ID}", "/{id", "/id}", "/{}",
		"/{{id}}", "/{id }", "http://user@example.org/"};
	static const char *const good[] = {"/", "/thanks.html", "/thanks/{id}?form={form}&see={outcome}",
		"https://example.org/{id}", "http://example.org:8080", "/{id}{id}"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct fault row = {text_printed(&arena, FORM "next = %s\n", bad[i]), "[form contact] next: ", "not \""};
		check(&row, 1);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct config *config = loaded(text_printed(&arena, FORM "next = %s\n", good[i]));
		assert_string_equal(config->forms[0].next, good[i]);
		config_free(config);
	}
	static const struct fault pages[] = {
		{FORM "page = //evil.example/\n", "[form contact] page: ", "one slash"},
		{FORM "page = /{id}\n", "[form contact] page: ", "\"/{id}\""},
		{FORM "page = a.html\n", "[form contact] page: ", "\"a.html\""},
	};
	CHECK(pages);
}

static void what_is_not_set_is_as_the_manual_says(void **state)
{
	struct config *config = loaded(FORM);
	const struct form *form = config_form(config, span_of("contact"));
	(void)state;
	assert_string_equal(config->data, text_printed(&arena, "%s/data", scratch));
	assert_null(config->base);
	assert_string_equal(config->node, "");
	assert_true(config->durable);
	assert_int_equal(config->limits.body, 1 << 20);
	assert_int_equal(config->limits.fields, 100);
	assert_int_equal(config->limits.name, 200);
	assert_int_equal(config->limits.value, 64 << 10);
	assert_int_equal(config->forms_n, 1);
	assert_ptr_equal(form, &config->forms[0]);
	assert_string_equal(form->title, "contact");
	assert_null(form->button);
	assert_null(form->intro);
	assert_null(form->page);
	assert_null(form->next);
	assert_int_equal(form->show.which, SHOW_ALL);
	assert_int_equal(form->fields_n, 0);
	assert_null(config_form(config, span_of("contac")));
	assert_null(config_form(config, span_of("Contact")));
	config_free(config);
}

static void a_relative_data_folder_is_beside_the_file(void **state)
{
	static const struct { const char *data, *read; } rows[] = {{"keep", "%s/keep"}, {"a/b", "%s/a/b"},
		{"../keep", "%s/../keep"}, {"/var/lib/keep", NULL}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = loaded(text_printed(&arena, "[seeother]\ndata = %s\n" FORM, rows[i].data));
		char expected[PATH_MAX] = "/var/lib/keep";
		if (rows[i].read)
			snprintf(expected, sizeof expected, "%s%s", scratch, rows[i].read + 2);
		assert_string_equal(config->data, expected);
		config_free(config);
	}
}

static void a_form_has_the_general_limits_but_for_its_own(void **state)
{
	static const char *const orders[] = {"[seeother]\nmax_body = 3M\nmax_value = 7\nmax_fields = 5\n" FORM "max_value = 9\nmax_name = 1K\n[form other]\n",
		"[form other]\n" FORM "max_value = 9\nmax_name = 1K\n[seeother]\nmax_body = 3M\nmax_value = 7\nmax_fields = 5\n"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct config *config = loaded(orders[i]);
		const struct limits *own = &config_form(config, span_of("contact"))->limits,
			*other = &config_form(config, span_of("other"))->limits;
		assert_int_equal(own->body, 3 << 20);
		assert_int_equal(own->fields, 5);
		assert_int_equal(own->value, 9);
		assert_int_equal(own->name, 1024);
		assert_memory_equal(other, &config->limits, sizeof *other);
		assert_int_equal(other->value, 7);
		assert_int_equal(other->name, 200);
		config_free(config);
	}
}

static void an_outcome_shows_what_the_form_says(void **state)
{
	static const char fields[] = FIELDS "a = text\nb = text name=B\nt = trap\nh = hidden\n" FORM;
	static const struct { const char *show, *shown; } rows[] = {{"", "a B x"}, {"show = all\n", "a B x"},
		{"show = none\n", ""}, {"show = a\n", "a"},
		{"show = a, B\n", "a B"}, {"show = t h\n", "t h"}, {"show = B,h\n", "B h"}};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = loaded(text_printed(&arena, "%s%s", fields, rows[i].show));
		for (const char *name = "aBthx"; *name; name++)
			assert_int_equal(form_shows(&config->forms[0], (struct span){name, 1}),
				strchr(rows[i].shown, *name) != NULL);
		config_free(config);
	}
}

static void charset_mode_and_bounds_are_read(void **state)
{
	static const struct fault wrong[] = {
		{FORM "charset = klingon\n", "[form contact] charset: ", "takes the charset of a page"},
		{FORM "charset = utf-16\n", "[form contact] charset: ", "takes the charset of a page"},
		{"[seeother]\nmode = 0644\n" FORM, "[seeother] mode: ", "takes private or group"},
		{"[seeother]\nreserve = lots\n" FORM, "[seeother] reserve: ", "takes a size"},
		{FORM "files = maybe\n", "[form contact] files: ", "takes yes or no"},
		{FORM "embed = example.org\n", "[form contact] embed: ", "takes origins"},
	};
	(void)state;
	CHECK(wrong);
	struct config *config = loaded("[seeother]\nmode = group\nreserve = 2G\ncharset = latin1\n" FORM "files = yes\nquota = 1G\n"
		"embed = https://a.example\n[form other]\ncharset = utf-8\n");
	const struct form *form = config_form(config, span_of("contact")), *other = config_form(config, span_of("other"));
	assert_true(config->group);
	assert_true(config->reserve == (uint64_t)2 << 30);
	assert_string_equal(form->charset, "windows-1252");
	assert_null(other->charset);
	assert_true(form->files && form->quota == 1 << 30);
	assert_true(!other->files && !other->quota && !other->embed.n);
	assert_string_equal(form->embed.words[0], "https://a.example");
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unknown_key_is_named_with_the_nearest_known_one),
		TEST(a_value_that_can_not_be_read_is_named),
		TEST(a_base_is_an_absolute_url_without_a_query),
		TEST(a_target_is_a_url_or_a_path_with_known_placeholders),
		TEST(what_is_not_set_is_as_the_manual_says),
		TEST(a_relative_data_folder_is_beside_the_file),
		TEST(a_form_has_the_general_limits_but_for_its_own),
		TEST(an_outcome_shows_what_the_form_says),
		TEST(charset_mode_and_bounds_are_read),
	};
	return cmocka_run_group_tests_name("setting", tests, begin, scratch_remove);
}
