/* Languages: the shape of a tag, and which offer an Accept-Language header wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "http/language.h"

enum { MOST = 4 };

/* A header, what is offered, and which of it is taken. */
struct row {
	const char *header, *offers[MOST], *taken;
};

static void check(const struct row *rows, size_t n)
{
	size_t failed = 0;
	for (size_t i = 0; i < n; i++) {
		size_t offered = 0;
		while (offered < MOST && rows[i].offers[offered])
			offered++;
		const char *taken = rows[i].offers[language_choose(rows[i].header, rows[i].offers, offered)];
		if (strcmp(taken, rows[i].taken) == 0)
			continue;
		print_error("Accept-Language: %s: %s, not %s\n", rows[i].header, taken, rows[i].taken);
		failed++;
	}
	assert_int_equal(failed, 0);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof *(rows))

static void what_browsers_send_brings_their_language(void **state)
{
	static const struct row rows[] = {
		{"en-US,en;q=0.9", {"de", "en"}, "en"},
		{"de,en-US;q=0.7,en;q=0.3", {"en", "de"}, "de"},
		{"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", {"en", "de"}, "de"},
		{"de-AT,de;q=0.8,en-US;q=0.5,en;q=0.3", {"en", "fr", "de"}, "de"},
		{"fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", {"it", "de", "en"}, "en"},
		{"fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", {"it", "nl"}, "it"},
		{"pt-BR,pt;q=0.9,en;q=0.8", {"en", "pt", "pt-BR"}, "pt-BR"},
		{"pt-PT,pt;q=0.9,en;q=0.8", {"en", "pt-BR"}, "pt-BR"},
		{"zh-Hant-TW,zh-Hant;q=0.9,en;q=0.5", {"en", "zh-Hans", "zh-Hant"}, "zh-Hant"},
		{"nb-NO,nb;q=0.9,no;q=0.8,nn;q=0.7", {"en", "nn", "no"}, "no"},
		{"da, en-gb;q=0.8, en;q=0.7", {"de", "en", "en-GB"}, "en-GB"}, /* RFC 9110 §12.5.4 */
	};
	(void)state;
	CHECK(rows);
}

static void a_range_is_cut_until_it_finds_an_offer(void **state)
{
	static const struct row rows[] = {
		{"de-AT", {"en", "de"}, "de"},
		{"de-Latn-AT-1996", {"en", "de"}, "de"},
		{"de-Latn-AT-1996", {"en", "de", "de-Latn"}, "de-Latn"},
		{"de-Latn-AT-1996", {"de-Latn-AT", "de-Latn", "de"}, "de-Latn-AT"},
		{"de-AT-1996", {"en", "de-CH", "de"}, "de"},
		{"de-AT, en", {"en", "de"}, "de"},
		{"de-AT, de-CH", {"de", "de-CH"}, "de"},
		{"DE-at", {"en", "de"}, "de"},
		/* RFC 4647 §3.4, its example: what introduces a private or extended part goes with it */
		{"zh-Hant-CN-x-private1-private2", {"en", "zh-Hant-CN-x-private1"}, "zh-Hant-CN-x-private1"},
		{"zh-Hant-CN-x-private1-private2", {"en", "zh-Hant-CN-x", "zh"}, "zh"},
		{"zh-Hant-CN-x-private1-private2", {"en", "zh-Hant-CN"}, "zh-Hant-CN"},
		{"zh-Hant-CN-x-private1-private2", {"en", "zh-Hant"}, "zh-Hant"},
		{"i-klingon", {"en", "i"}, "en"},
		/* cut at hyphens alone */
		{"den", {"en", "de"}, "en"},
		{"deu-AT", {"en", "de"}, "en"},
		{"de-AT", {"en", "de-A"}, "en"},
		{"de-AT", {"en", "de-CH"}, "en"},
		{"zh-Hant-HK", {"en", "zh-Hans", "zh-Hant-TW"}, "en"},
	};
	(void)state;
	CHECK(rows);
}

static void a_range_finds_an_offer_that_is_more_detailed(void **state)
{
	static const struct row rows[] = {
		{"pt", {"en", "pt-BR"}, "pt-BR"},
		{"pt", {"pt-BR", "pt"}, "pt"},
		{"pt", {"en", "pt-BR", "pt-PT"}, "pt-BR"},
		{"zh-Hant", {"zh-Hans", "zh-Hant-TW"}, "zh-Hant-TW"},
		{"pt, en", {"en", "pt-BR"}, "pt-BR"},
		{"pt;q=0.8, en", {"pt-BR", "en"}, "en"},
		{"p", {"en", "pt-BR"}, "en"},
		/* where a longer range speaks of the offer, it alone does */
		{"en, en-US;q=0.1, fr;q=0.5", {"en-US", "fr"}, "fr"},
		{"en;q=0.1, en-US, fr;q=0.5", {"fr", "en-US"}, "en-US"},
		{"en-US;q=0.1, en, fr;q=0.5", {"fr", "en-US-x-a"}, "fr"},
	};
	(void)state;
	CHECK(rows);
}

static void the_best_quality_wins_and_the_earlier_range_a_tie(void **state)
{
	static const struct row rows[] = {
		{"en;q=0.5, de;q=0.6", {"en", "de"}, "de"},
		{"en;q=0.500, de;q=0.501", {"en", "de"}, "de"},
		{"en;q=0.001, de;q=0.002", {"en", "de"}, "de"},
		{"en;q=0.9, de", {"en", "de"}, "de"},
		{"en;q=.5, de;q=.6", {"en", "de"}, "de"},
		{"en ; q=0.5 ,\tde ;\tQ=0.6", {"en", "de"}, "de"},
		{"fr;q=0.9, de;q=0.8", {"en", "de"}, "de"},
		{"de, en", {"en", "de"}, "de"},
		{"de;q=1, en;q=1.000", {"en", "de"}, "de"},
		{"en, de", {"en", "de"}, "en"},
		{"fr;q=0.5, de;q=0.5, en;q=0.5", {"en", "de", "fr"}, "fr"},
		{"fr;q=0.5, *;q=0.5, de;q=0.5", {"it", "de"}, "it"},
	};
	(void)state;
	CHECK(rows);
}

static void a_star_finds_what_no_other_range_names(void **state)
{
	static const struct row rows[] = {
		{"*", {"en", "de"}, "en"},
		{"de;q=0.5, *;q=0.9", {"de", "fr"}, "fr"},
		{"*, de;q=0.5", {"de", "fr"}, "fr"},
		{"*;q=0.1, de", {"en", "de"}, "de"},
		{"*;q=0.1, de;q=0.05", {"de"}, "de"},
		{"en;q=0.2, *;q=0.5, de;q=0.1", {"en", "de", "fr", "it"}, "fr"},
		{"de-AT;q=0.2, *;q=0.5", {"de", "fr"}, "fr"},
		{"pt;q=0.2, *;q=0.5", {"pt-BR", "fr"}, "fr"},
		{"fr, *;q=0", {"en", "de"}, "en"},
		{"de;q=0.1, *;q=0", {"en", "de"}, "de"},
		{"*;q=0, *;q=0.5, fr;q=0.4", {"fr", "en"}, "en"},
	};
	(void)state;
	CHECK(rows);
}

static void a_quality_of_nought_excludes(void **state)
{
	static const struct row rows[] = {
		{"en;q=0, *", {"en", "de"}, "de"},
		{"*, en;q=0.000", {"en", "de"}, "de"},
		{"en;q=0, *", {"en-US", "de"}, "de"},
		{"en;q=0, en-GB;q=0.1", {"de", "en-US", "en-GB"}, "en-GB"},
		{"en, en-US;q=0, de;q=0.1", {"en-US", "de"}, "de"},
		{"de-AT, de;q=0, fr;q=0.1", {"en", "de", "fr"}, "fr"},
		{"de-AT;q=0, *;q=0.5", {"de", "en"}, "de"},
		{"de-AT;q=0, de;q=0.5", {"en", "de"}, "de"},
	};
	(void)state;
	CHECK(rows);
}

static void without_a_wish_that_can_be_met_the_first_offer_is_taken(void **state)
{
	static const struct row rows[] = {
		{NULL, {"en", "de"}, "en"}, {"", {"en", "de"}, "en"}, {" ", {"en", "de"}, "en"}, {",,", {"en", "de"}, "en"},
		{"fr", {"en", "de"}, "en"}, {"fr, it;q=0.5", {"en", "de"}, "en"}, {"*;q=0", {"en", "de"}, "en"},
		{"en;q=0", {"en", "de"}, "en"}, {"de;q=0.0", {"en", "de"}, "en"},
	};
	(void)state;
	CHECK(rows);
	assert_int_equal(language_choose("de", NULL, 0), 0);
}

static void what_cant_be_read_is_passed_over(void **state)
{
	static const char *const bad[] = {"de;q", "de;q=", "de;q=2", "de;q=1.5", "de;q=-1", "de;q=x", "de;q=0.5x", "de;q=\"1\"",
		"de;q=1;x", "de;level=1", "de;", "de q=1", ";q=1", "de_AT", "de-", "-de", "de--AT", "de-*", "*-AT", "**", "4de",
		"de.", "deutscher-", "abcdefghi", "d\xc3\xa9", "/", "de/AT", "q=1", "de;1", "de;p=1", "de;q =1"};
	static const char *const offers[] = {"en", "de", "fr"};
	char header[64];
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		strcpy(header, bad[i]);
		if (language_choose(header, offers, 3) != 0)
			fail_msg("\"%s\" is read", header);
		strcat(header, ", fr;q=0.1");
		if (language_choose(header, offers, 3) != 2)
			fail_msg("\"%s\": what is behind the fault does not count", header);
	}
}

static void a_long_list_is_read_to_its_32nd_range_and_no_further(void **state)
{
	static const char *const offers[] = {"en", "de"};
	char header[200] = "";
	(void)state;
	for (int i = 0; i < 31; i++)
		strcat(header, "fr,");
	strcat(header, "de");
	assert_int_equal(language_choose(header, offers, 2), 1);
	memcpy(strstr(header, "de"), "fr", 2);
	strcat(header, ",de");
	assert_int_equal(language_choose(header, offers, 2), 0);
}

static void a_tag_is_made_of_short_subtags(void **state)
{
	static const char *const good[] = {"de", "d", "DE", "pt-BR", "zh-Hant", "zh-Hant-TW", "de-CH-1996", "es-419",
		"sl-rozaj-biske-1994", "x-private", "i-klingon", "en-a-b-1-2", "abcdefgh", "abcdefgh-12345678", "de-1",
		"abcdefgh-12345678-12345678-12345678"};
	static const char *const bad[] = {"", "-", "*", "de-", "-de", "de--CH", "de_CH", "de CH", " de", "de ", "de\n", "4",
		"419", "d3", "1-de", "abcdefghi", "de-123456789", "de-*", "d\xc3\xa9", "de.", "../de", "de/CH", "de-C\x7f",
		"abcdefgh-12345678-12345678-12345678-"};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!language_is_tag(good[i]))
			fail_msg("\"%s\" is refused", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (language_is_tag(bad[i]))
			fail_msg("\"%s\" is taken", bad[i]);
	assert_true(language_is_tag("de-12345678-12345678-12345678-12345"));
	assert_false(language_is_tag("de-12345678-12345678-12345678-123456"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_browsers_send_brings_their_language),
		cmocka_unit_test(a_range_is_cut_until_it_finds_an_offer),
		cmocka_unit_test(a_range_finds_an_offer_that_is_more_detailed),
		cmocka_unit_test(the_best_quality_wins_and_the_earlier_range_a_tie),
		cmocka_unit_test(a_star_finds_what_no_other_range_names),
		cmocka_unit_test(a_quality_of_nought_excludes),
		cmocka_unit_test(without_a_wish_that_can_be_met_the_first_offer_is_taken),
		cmocka_unit_test(what_cant_be_read_is_passed_over),
		cmocka_unit_test(a_long_list_is_read_to_its_32nd_range_and_no_further),
		cmocka_unit_test(a_tag_is_made_of_short_subtags),
	};
	return cmocka_run_group_tests_name("language", tests, NULL, NULL);
}
