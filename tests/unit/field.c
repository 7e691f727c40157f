/* Fields: what their definition in config.ini may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/span.h"
#include "body/validate.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct field defined(const char *definition)
{
	struct field field = {.key = "f", .name = "f"};
	const char *wrong = field_read(&field, definition, &(struct setting_source){&arena, "config.ini"});
	if (!wrong)
		wrong = field_check(&field, &arena);
	if (wrong)
		fail_msg("\"%s\": %s", definition, wrong);
	return field;
}

static void a_field_is_posted_under_its_key_or_another_name(void **state)
{
	struct field field = defined("text required");
	(void)state;
	assert_string_equal(field.name, "f");
	assert_string_equal(field.label, "f");
	field = defined("text required name=Full-Name");
	assert_string_equal(field.name, "Full-Name");
	struct submission submission = {.arena = &arena};
	submission_add(&submission, span_of("f"), span_of("a"));
	assert_non_null(validate_field(&field, &submission, NULL));
	submission_add(&submission, span_of("full-name"), span_of("a"));
	assert_non_null(validate_field(&field, &submission, NULL));
	submission_add(&submission, span_of("Full-Name"), span_of("a"));
	assert_null(validate_field(&field, &submission, NULL));
}

static void every_rule_of_a_type_is_read(void **state)
{
	struct field field = defined(" choice\t options=a,,b-c,\t multiple required   default=a min=1 max=2 name=n ");
	(void)state;
	assert_int_equal(field.type, FIELD_CHOICE);
	assert_true(field.required && field.multiple);
	assert_int_equal(field.options.n, 2);
	assert_string_equal(field.options.values[0], "a");
	assert_string_equal(field.options.values[1], "b-c");
	assert_string_equal(field.preset, "a");
	assert_string_equal(field.min.text, "1");
	assert_string_equal(field.max.text, "2");
	field = defined("text autocomplete=name default=Ada max=9");
	assert_string_equal(field.autocomplete, "name");
	assert_string_equal(field.preset, "Ada");
	assert_true(field.max.number > 8.5 && field.max.number < 9.5);
	option_list_read(&field.options, " A question , An order,,", &(struct setting_source){&arena, "config.ini"});
	assert_int_equal(field.options.n, 2);
	assert_string_equal(field.options.values[0], "A question");
	assert_string_equal(field.options.values[1], "An order");
}

static void check_definitions(const char *const *rows, size_t n, bool good)
{
	size_t failed = 0;
	for (size_t i = 0; i < n; i++) {
		struct field field = {.key = "f", .name = "f"};
		const char *wrong = field_read(&field, rows[i], &(struct setting_source){&arena, "config.ini"});
		if (!wrong)
			wrong = field_check(&field, &arena);
		if (good ? wrong == NULL : wrong && *wrong)
			continue;
		print_error("\"%s\": %s\n", rows[i], wrong ? wrong : "is taken");
		failed++;
	}
	assert_int_equal(failed, 0);
}

static void each_type_takes_the_rules_that_make_sense_for_it(void **state)
{
	static const char *const good[] = {
		"text required min=1 max=2 name=a default=b autocomplete=name",
		"email required min=1 max=2 name=a default=b autocomplete=email",
		"url required min=1 max=2 name=a default=b autocomplete=url",
		"tel required min=1 max=2 name=a default=b autocomplete=tel", "number required min=-1 max=2.5 name=a default=1",
		"date required min=2026-01-01 max=2026-01-01 name=a default=2026-01-01 autocomplete=bday",
		"choice required options=a min=0 max=1 name=a default=a multiple", "checkbox required name=a default=on",
		"checkbox options=a,b min=1 max=2", "textarea required min=1 max=2 name=a default=b",
		"hidden required max=2 name=a default=b", "trap name=a", "text min=2 max=2", "number min=2 max=2.0",
	};
	static const char *const bad[] = {
		"", " ", "colour", "texts", "text colour", "text Required", "text min", "text min=", "text min=a", "text min=-1",
		"text max=1.5", "text max=1K", "text max=99999999999", "text required=yes", "text name", "text name=",
		"text default", "text options=a", "text multiple", "email multiple", "number min=a", "number min=",
		"number min=inf", "number max=nan", "number max=1e999", "number max=1,5", "number options=1,2",
		"date min=2026-02-30", "date max=today", "date max=1", "choice", "choice options", "choice options=",
		"choice options=,", "choice multiple=yes options=a", "choice options=a max=x", "checkbox multiple",
		"textarea options=a", "hidden min=1", "hidden options=a", "trap required", "trap max=3", "trap default=a",
		"text name=_a", "text name=_", "choice options=a,b default=c", "choice options=a,b default=A",
		"checkbox options=a default=on", "text min=3 max=2", "number min=1 max=-1", "date min=2026-01-02 max=2026-01-01",
		"choice options=a multiple min=2 max=1", "text=a", "=text", "text =a",
	};
	(void)state;
	check_definitions(good, sizeof good / sizeof *good, true);
	check_definitions(bad, sizeof bad / sizeof *bad, false);
}

/* HTML wants a valid floating-point number in min and max; a browser takes no notice of any other. */
static void a_bound_is_written_as_html_wants_it(void **state)
{
	static const char *const bad[] = {"number min=+5", "number min=0x10", "number max=5.", "number max=1e+"};
	(void)state;
	check_definitions(bad, sizeof bad / sizeof *bad, false);
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_field_is_posted_under_its_key_or_another_name),
		TEST(every_rule_of_a_type_is_read),
		TEST(each_type_takes_the_rules_that_make_sense_for_it),
		TEST(a_bound_is_written_as_html_wants_it),
	};
	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
