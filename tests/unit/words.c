/* Blocked words: whole ones, in any case, as they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "config/pattern.h"

static void words_are_found_whole_and_in_any_case(void **state)
{
	static const struct { const char *list, *text; bool held; } cases[] = {
		{"casino", "casino", true}, {"casino", "my CASINO.", true}, {"casino", "casinos", false}, {"casino", "acasino", false},
		{"casino", "casino1", false}, {"casino", "1casino", false}, {"casino", "casino_", false}, {"casino", "casino\xc3\xa4", false},
		{"casino", "\xc3\xa4""casino", false}, {"casino", "-casino-", true}, {"casino", "", false},
		{"\xc3\xa4rger", "\xc3\x84RGER", true}, {"\xc3\x84RGER", "\xc3\xa4rger", true}, {"\xc3\xa4rger", "ver\xc3\xa4rger", false},
		{"stra\xc3\x9f""e", "STRA\xe1\xba\x9e""E", true}, {"\xce\xa3", "\xcf\x82", true}, {"k", "\xe2\x84\xaa", true},
		{"a b", "a b", true}, {"a b", "a\r\n \tb", true}, {"a \t b", "a b", true}, {"a b", "ab", false}, {"a b", "a-b", false},
		{"a b", "a\x1e""b", false}, {"a b", "a\xc2\xa0""b", true},
		{"a,b", "b", true}, {",, a ,,b,", "a", true}, {",, a ,,b,", "", false}, {",", "x", false}, {" ", " ", false}, {"", "", false},
		{"http://", "http://x", true}, {"http://", "see:http://", true}, {"http://", "xhttp://", false}, {"://", "https://x", true},
		{"\xf0\x9f\x92\xb0", "win\xf0\x9f\x92\xb0now", true}, {"\xe2\x82\xac", "5\xe2\x82\xac", true}, {"\xe2\x82\xac", "5$", false},
		{"\xf0\x9f\x92\xb0 now", "x\xf0\x9f\x92\xb0 nowx", false},
		{".", "a", false}, {"\\w", "a", false}, {"(", "a(b", true}, {"a|b", "a", false}, {"a|b", "x a|b x", true}, {"[a]", "a", false},
		{"a*", "aa", false}, {"^$", "", false}, {"\\Qa\\E", "a", false}, {"(?i)", "x", false}, {"#", "a#b", true}, {"\\", "\\", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (pattern_holds_word(cases[i].list, span_of(cases[i].text)) != cases[i].held)
			fail_msg("\"%s\" in \"%s\"", cases[i].list, cases[i].text);
}

static void a_nul_is_a_byte_like_others(void **state)
{
	(void)state;
	assert_true(pattern_holds_word("b", (struct span){"a\0b", 3}));
	assert_false(pattern_holds_word("a b", (struct span){"a\0b", 3}));
}

/* What would go back and forth over the text again and again comes to its end too. */
static void a_long_text_is_searched_to_its_end(void **state)
{
	enum { LONG = 4 << 20 };
	char *text = malloc(LONG);
	(void)state;
	assert_non_null(text);
	memset(text, ' ', LONG);
	memcpy(text, "cheap", 5);
	memcpy(text + LONG - 5, "pills", 5);
	assert_true(pattern_holds_word("x, cheap pills", (struct span){text, LONG}));
	text[LONG - 1] = 'z';
	assert_false(pattern_holds_word("x, cheap pills", (struct span){text, LONG}));
	for (size_t i = 0; i < LONG; i++)
		text[i] = "cheap "[i % 6];
	assert_false(pattern_holds_word("cheap cheap cheap pills, heap", (struct span){text, LONG}));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_found_whole_and_in_any_case),
		cmocka_unit_test(a_nul_is_a_byte_like_others),
		cmocka_unit_test(a_long_text_is_searched_to_its_end),
	};
	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
