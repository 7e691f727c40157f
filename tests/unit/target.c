/* Targets: the ways off a site that are refused, and those that a list allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/span.h"
#include "http/target.h"

static const char own[] = "https://forms.example/cgi-bin/seeother";

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* The list allows every path of the program's own origin and of another: only the URL itself can be at fault. */
static const char open_list[] = "/ https://example.org https://xn--bcher-kva.example";

static const char *const attacks[] = {
	/* another host, as a browser reads it */
	"//evil.example", "//evil.example/", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
	"\\/evil.example", "/\\/evil.example", "\\evil.example", "//example.org", "//forms.example/",
	"//evil.example:443/thanks", "//evil.example\\@example.org/", "/ /evil.example", "/\t/evil.example", "/\n/evil.example",
	"/\r/evil.example", "//%65vil.example", "https://evil.example", "https://evil.example/",
	"https://evil.example?https://example.org/", "https://evil.example/https://example.org/",
	"https://evil.example/example.org", "https://example.org.evil.example/", "https://evil-example.org/",
	"https://evilexample.org/", "https://sub.example.org/", "https://example.or", "https://example.org.uk/",
	"https://example.orgs/", "https://localhost/",
	/* slashes missing, doubled or turned */
	"https:evil.example", "https:/evil.example", "https:///evil.example", "https:////evil.example", "http:\\\\evil.example",
	"https:\\evil.example", "https:/\\evil.example", "https:\\/evil.example", "https:example.org", "https:/example.org",
	"https:///example.org", "https:\\\\example.org", "https:", "https:/", "https://", "https:///", "https://?",
	"https://:443/", "https://.", "https://./", "https://../", "https://example.org\\", "https://example.org\\thanks",
	"https://example.org\\@evil.example", "https://example.org\\.evil.example",
	/* userinfo */
	"https://example.org@evil.example/", "https://evil.example@example.org/", "https://user:pw@example.org/",
	"https://@example.org/", "https://:@example.org/", "https://example.org:443@evil.example/",
	"https://example.org:@evil.example", "https://example.org%40evil.example/", "https://forms.example%2f@evil.example/",
	"https://example.org%2fevil.example", "https://evil.example%23.example.org/",
	/* control bytes and spaces, which browsers drop or a header ends at */
	"/thanks\r\nSet-Cookie: a=b", "/thanks\nX: y", "/thanks\r", "\r\n/thanks", "https://example.org/\r\n\r\n<html>",
	"/tha\tnks", "\t/thanks", " /thanks", "/thanks ", "/a b", " https://example.org/", "https://example.org/ ",
	"https://exa\tmple.org/", "ht\ntps://example.org/", "https://example .org/", "/thanks\x01", "/thanks\x1f", "/thanks\x7f",
	"\x01https://example.org/", "\x0b/thanks", "/thanks?a=\nb", "/thanks?a b",
	/* controls as escapes */
	"/thanks%0d%0aSet-Cookie:%20a=b", "/thanks%0aX:y", "/thanks%0D", "/thanks%00", "/%00/thanks", "/thanks%09", "/thanks%1f",
	"/thanks%7F", "/%08", "https://example.org/%0d%0a", "https://example.org/a%00.html",
	"https://example.org%00.evil.example/", "https://example.org%0d%0a/",
	/* bytes that only look like ASCII, or stand for nothing */
	"https://ex\xd0\xb0mple.org/", ("https://example.org\xe3\x80\x82" "evil.example/"), "https://example\xef\xbc\x8eorg/",
	("https:\xef\xbc\x8f\xef\xbc\x8f" "evil.example/"), ("/\xef\xbc\x8f" "evil.example"),
	("https://b\xc3\xbc" "cher.example/"), "/caf\xc3\xa9", "/\xc2\xa0/x", "/thanks?\xc3\xa9", "/\xe2\x80\xae",
	"\xef\xbb\xbf/thanks", "\xe2\x80\x8b//evil.example", "/\xff", "/\x80", "/\xc0\xaf",
	"https://example.org\xc2\xad.evil.example/", "\xef\xbd\x88ttps://example.org/",
	/* not a path and not http */
	"", "thanks", "thanks/x", "./thanks", "../thanks", ".", "..", "?x=1", "#x", "example.org", "example.org/thanks",
	"www.example.org", "javascript:alert(1)", "JavaScript:alert(1)", "javascript://example.org/%0aalert(1)",
	"java\tscript:alert(1)", "data:text/html,<script>", "data:text/html;base64,PHNjcmlwdD4=", "vbscript:x",
	"file:///etc/passwd", "ftp://example.org/", "ws://example.org/", "mailto:a@example.org", "blob:https://example.org/1",
	"view-source:https://example.org/", "about:blank", "httpss://example.org/", "xhttps://example.org/",
	"https+x://example.org/", "null", "*", "/thanks https://example.org/", "https://example.org/,https://evil.example/ x",
	/* the wrong scheme or port of a right host */
	"http://example.org/", "http://forms.example/", "https://example.org:80/", "https://example.org:8443/",
	"https://forms.example:444/", "https://example.org:0/", "https://example.org:65536/", "https://example.org:99999999999/",
	"https://example.org:-443/", "https://example.org:+443/", "https://example.org:443x/", "https://example.org:443:443/",
	"https://example.org:0x1bb/", "https://example.org::443/", "http://example.org:443/", "http://forms.example:443/",
	/* hosts as other text */
	"https://example.org./", "https://example.org../", "https://.example.org/", "https://example..org/",
	"https://ex%61mple.org/", "https://[::1]/", "https://[example.org]/", "https://127.1/", "https://0x7f000001/",
	"https://2130706433/", "https://017700000001/", "https://exam(ple).org/", "https://exa$mple.org/",
	"https://example.org;evil.example/", "https://example.org,evil.example/", "https://example.org&@evil.example",
	"https://example.org'/", "https://xn--bcher-kva.example.evil.example/",
	/* dot segments */
	"/.", "/..", "/./", "/../", "/../thanks", "/thanks/..", "/thanks/.", "/thanks/../admin", "/thanks/./x", "/%2e",
	"/%2e%2e", "/%2E%2e/admin", "/.%2e/admin", "/%2E./admin", "/thanks/%2e%2E/admin", "/thanks/%2e/x", "/thanks/..?x",
	"/..;/admin", "/thanks/..;x=1/admin", "/thanks/.;/x", "/thanks/..%3b/admin", "/thanks/%2e%2e;/admin",
	"https://example.org/..", "https://example.org/../x", "https://example.org/x/%2e%2e/",
	/* slashes as escapes, escapes of escapes, overlong ones, empty segments */
	"/%2fevil.example", "/%2Fevil.example", "/%5cevil.example", "/%5Cevil.example", "%2f%2fevil.example",
	"/%2f%2fevil.example", "/a%2f..%2fb", "/a%5c..%5cb", "/%252fevil.example", "/%255cevil.example", "/a/%252e%252e/b",
	"/%250d%250aX:y", "/%25252e", "/%c0%af", "/%c0%ae%c0%ae/x", "/%e0%80%af", "/%ff", "/%fe%ff", "/%c3", "/%ed%a0%80",
	"/a//b", "/thanks//evil.example", "https://example.org//evil.example", "https://example.org///evil.example",
	"https://example.org/a//",
	/* broken escapes */
	"/%", "/%2", "/%2x", "/%x2", "/%zz", "/%u002f", "/%%", "/%%32%65", "/thanks?a=%", "/thanks?a=%g1",
	"https://example.org/%", "/% 2",
	/* fragments, and characters that no URI holds */
	"/thanks#", "/thanks#x", "/thanks?x#//evil.example", "https://example.org#@evil.example", "https://example.org/#/x",
	"/#", "/<script>", "/\"x", "/a|b", "/a^b", "/a`b", "/{id}", "/a}", "/thanks?a=<b>", "/thanks?a=\"", "/thanks?a=\\",
	"/thanks?\\\\evil.example", "/[x]", "/a]",
};

_Static_assert(sizeof attacks / sizeof *attacks >= 200, "the table is full");

static void no_attack_leads_anywhere(void **state)
{
	size_t failed = 0;
	(void)state;
	for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
		const char *target = target_allowed(attacks[i], open_list, own, &arena);
		if (!target)
			continue;
		print_error("\"%s\" leads to %s\n", attacks[i], target);
		failed++;
	}
	assert_int_equal(failed, 0);
}

/* Each with the list that allows it. */
static const struct { const char *url, *list, *target; } good[] = {
	{"/thanks", "/thanks", "https://forms.example/thanks"},
	{"/thanks/", "/thanks", "https://forms.example/thanks/"},
	{"/thanks/x", "/thanks", "https://forms.example/thanks/x"},
	{"/thanks?x=1", "/thanks", "https://forms.example/thanks?x=1"},
	{"/thanks?", "/thanks", "https://forms.example/thanks?"},
	{"/thanks/x/y?z=/../", "/thanks", "https://forms.example/thanks/x/y?z=/../"},
	{"/thanks/", "/thanks/", "https://forms.example/thanks/"},
	{"/thanks/x", "/thanks/", "https://forms.example/thanks/x"},
	{"/", "/", "https://forms.example/"},
	{"/?x", "/", "https://forms.example/?x"},
	{"/anything/at/all", "/", "https://forms.example/anything/at/all"},
	{"/a/b", "/a/b", "https://forms.example/a/b"},
	{"/thanks?next=https://evil.example//x", "/thanks", "https://forms.example/thanks?next=https://evil.example//x"},
	{"/thanks?a[]=1&b=%0A%2f%00", "/thanks", "https://forms.example/thanks?a[]=1&b=%0A%2f%00"},
	{"/thanks?a?b", "/thanks", "https://forms.example/thanks?a?b"},
	{"/@evil.example", "/", "https://forms.example/@evil.example"},
	{"/https://x", "/https:", NULL}, /* an empty segment */
	{"/a:b;c,d=e!$&'()*+~_-.", "/", "https://forms.example/a:b;c,d=e!$&'()*+~_-."},
	{"/caf%c3%A9/100%25", "/", "https://forms.example/caf%c3%A9/100%25"},
	{"/...", "/", "https://forms.example/..."},
	{"/.well-known/..x/x..", "/", "https://forms.example/.well-known/..x/x.."},
	{"/;x/a;..", "/", "https://forms.example/;x/a;.."},
	{"https://example.org", "https://example.org", "https://example.org"},
	{"https://example.org/", "https://example.org", "https://example.org/"},
	{"https://example.org", "https://example.org/", "https://example.org"},
	{"https://example.org?x", "https://example.org/", "https://example.org?x"},
	{"https://example.org/any/path?x", "https://example.org", "https://example.org/any/path?x"},
	{"https://example.org/any/path", "https://example.org/", "https://example.org/any/path"},
	{"HTTPS://EXAMPLE.org/Any", "https://example.ORG/", "https://example.org/Any"},
	{"https://example.org:443/", "https://example.org", "https://example.org/"},
	{"https://example.org:/x", "https://example.org:443/", "https://example.org/x"},
	{"https://example.org:8443/x", "https://example.org:8443", "https://example.org:8443/x"},
	{"http://example.org/x", "http://example.org:80", "http://example.org/x"},
	{"https://example.org/a/b", "https://example.org/a", "https://example.org/a/b"},
	{"https://[2001:DB8::1]:8080/x", "https://[2001:db8::1]:8080/", "https://[2001:db8::1]:8080/x"},
	{"https://192.0.2.7/x", "https://192.0.2.7", "https://192.0.2.7/x"},
	{"https://xn--bcher-kva.example/x", "https://xn--bcher-kva.example", "https://xn--bcher-kva.example/x"},
	{"https://example.org./x", "https://example.org.", "https://example.org./x"},
	/* paths and the program's own origin are the same */
	{"https://forms.example/thanks", "/thanks", "https://forms.example/thanks"},
	{"https://FORMS.example:443/thanks", "/thanks", "https://forms.example/thanks"},
	{"/thanks", "https://forms.example/thanks", "https://forms.example/thanks"},
	{"/thanks", "https://forms.example", "https://forms.example/thanks"},
	/* any rule of the list will do */
	{"/c", "/a /b /c", "https://forms.example/c"}, {"/c", "/a,/b,/c", "https://forms.example/c"},
	{"/c", " /a ,\t/b\r\n,,/c ", "https://forms.example/c"},
	{"/a", "/a,/b", "https://forms.example/a"},
	{"https://b.example/", "https://a.example,https://b.example", "https://b.example/"},
	{"/a", "//evil nonsense ../x /a", "https://forms.example/a"},
	/* and without one nothing does */
	{"/thanks", "", NULL}, {"/thanks", " , ", NULL}, {"/thanks", NULL, NULL}, {NULL, "/", NULL}, {"/thanks", "/other", NULL},
	{"/thanksevil", "/thanks", NULL}, {"/thank", "/thanks", NULL}, {"/thanks.evil", "/thanks", NULL},
	{"/thanks;evil", "/thanks", NULL},
	{"/thanks", "/thanks/", NULL}, {"/thanksevil", "/thanks/", NULL}, {"/THANKS", "/thanks", NULL},
	{"/%74hanks", "/thanks", NULL},
	{"/thanks%3fx", "/thanks", NULL}, {"/", "/thanks", NULL}, {"/x/thanks", "/thanks", NULL}, {"/?/thanks", "/thanks", NULL},
	{"https://example.org/", "/", NULL}, {"https://example.org/b", "https://example.org/a", NULL},
	{"https://example.org", "https://example.org/a", NULL},
	{"https://example.org/ab", "https://example.org/a", NULL}, {"https://example.org?/a", "https://example.org/a", NULL},
	{"/thanks", "https://example.org/thanks", NULL}, {"/thanks", "http://forms.example/", NULL},
	{"/thanks", "https://forms.example:8443/", NULL},
	{"http://127.1/", "http://127.0.0.1/", NULL}, {"http://0x7f.0.0.1/", "http://127.0.0.1", NULL},
	{"http://127.0.0.01/", "http://127.0.0.1", NULL},
	{"http://[0:0:0:0:0:0:0:1]/", "http://[::1]", NULL},
	{"https://example.org/", "https://example.org.", NULL}, {"https://example.org./", "https://example.org", NULL},
	/* a rule that is none allows nothing */
	{"/thanks?x", "/thanks?x", NULL}, {"/thanks", "/thanks#x", NULL}, {"/thanks", "thanks", NULL}, {"/thanks", "*", NULL},
	{"/thanks", "/thank*", NULL},
	{"/thanks", "//", NULL}, {"/thanks", "https://", NULL}, {"https://evil.example/", "https://", NULL},
	{"https://evil.example/", "//evil.example", NULL},
	{"https://example.org/", "example.org", NULL}, {"https://example.org/", "https://*.org", NULL},
	{"https://a.example/", "https://a.example?", NULL},
};

static void a_list_allows_its_paths_and_what_is_below(void **state)
{
	size_t failed = 0;
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *target = target_allowed(good[i].url, good[i].list, own, &arena);
		if (target && good[i].target ? strcmp(target, good[i].target) == 0 : target == good[i].target)
			continue;
		print_error("\"%s\" with \"%s\" leads to %s, not %s\n", good[i].url, good[i].list, target, good[i].target);
		failed++;
	}
	assert_int_equal(failed, 0);
}

static void paths_belong_to_the_programs_own_origin(void **state)
{
	(void)state;
	assert_string_equal(target_allowed("/x", "/x", "http://Forms.example:8080", &arena), "http://forms.example:8080/x");
	assert_string_equal(target_allowed("http://forms.example:8080/x", "/x", "http://forms.example:8080/y?z", &arena),
		"http://forms.example:8080/x");
	assert_null(target_allowed("http://forms.example/x", "/x", "http://forms.example:8080/", &arena));
	for (size_t i = 0; i < 3; i++) {
		static const char *const none[] = {NULL, "", "/cgi-bin/seeother"};
		assert_null(target_allowed("/x", "/x /", none[i], &arena));
		assert_null(target_allowed("https://forms.example/x", "/x /", none[i], &arena));
		assert_string_equal(target_allowed("https://a.example/x", "/x https://a.example", none[i], &arena),
			"https://a.example/x");
	}
}

static void a_url_has_at_most_2000_bytes(void **state)
{
	char url[2002] = "/";
	(void)state;
	memset(url + 1, 'a', 1999);
	assert_non_null(target_allowed(url, "/", own, &arena));
	assert_non_null(target_allowed(url, url, own, &arena));
	assert_true(target_is_rule(span_of(url)));
	url[2000] = 'a';
	assert_null(target_allowed(url, "/", own, &arena));
	assert_null(target_allowed("/a", url, own, &arena));
	assert_false(target_is_rule(span_of(url)));
}

static void a_rule_is_a_url_or_a_path(void **state)
{
	static const char *const rules[] = {"/", "/thanks", "/thanks/", "/a/b-c_d.e~f", "/caf%C3%A9", "/.well-known/x", "/a;b=c",
		"/a:b@c", "http://example.org", "https://example.org/", "https://example.org:8443/a/", "HTTPS://Example.ORG/A",
		"https://[::1]:8080/x", "http://localhost", "https://192.0.2.7/"};
	static const char *const bad[] = {"/a,b", ",", "/a b", "/a\n", " /a", "/a?", "/a?b", "https://example.org?b",
		"https://example.org/*", "*", "/\"", "/a\x0b"};
	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (!target_is_rule(span_of(rules[i])))
			fail_msg("\"%s\" is refused", rules[i]);
		if (rules[i][0] != '/')
			assert_non_null(target_allowed(rules[i], rules[i], own, &arena));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (target_is_rule(span_of(bad[i])))
			fail_msg("\"%s\" is taken", bad[i]);
	assert_false(target_is_rule((struct span){NULL, 0}));
	assert_false(target_is_rule((struct span){"/a\0", 3}));
	assert_true(target_is_rule((struct span){"/a?b", 2}));
}

/* Some attacks are fine URLs of a place that is not listed; put on a list, each of those leads there. */
static void what_is_refused_for_its_shape_is_no_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
		if (target_is_rule(span_of(attacks[i])) && !target_allowed(attacks[i], attacks[i], own, &arena))
			fail_msg("\"%s\" is a rule but leads nowhere", attacks[i]);
	for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
		if (attacks[i][0] != 'h' && target_is_rule(span_of(attacks[i])))
			fail_msg("\"%s\" is taken", attacks[i]);
}

/* Whatever single byte is put wherever in a good URL, the answer keeps the origin and holds no byte that could end it. */
static void no_byte_anywhere_leads_off_the_origin(void **state)
{
	static const char *const urls[] = {"/thanks/x?y=z", "https://example.org/thanks?y", "https://example.org"};
	char url[64];
	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		for (size_t at = 0; at <= strlen(urls[i]); at++)
			for (int c = 1; c < 256; c++) {
				memcpy(url, urls[i], at);
				url[at] = (char)c;
				strcpy(url + at + 1, urls[i] + at);
				const char *target = target_allowed(url, "/thanks https://example.org", own, &arena);
				if (!target)
					continue;
				const char *origin = i ? "https://example.org" : "https://forms.example/thanks";
				size_t n = strlen(origin);
				if (strncmp(target, origin, n) != 0 || !strchr("/?", target[n]))
					fail_msg("\"%s\" leads to %s", url, target);
				for (const char *b = target; *b; b++)
					assert_true(*b > ' ' && *b < 0x7f && *b != '\\' && *b != '#');
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(no_attack_leads_anywhere, forget),
		cmocka_unit_test_teardown(a_list_allows_its_paths_and_what_is_below, forget),
		cmocka_unit_test_teardown(paths_belong_to_the_programs_own_origin, forget),
		cmocka_unit_test_teardown(a_url_has_at_most_2000_bytes, forget),
		cmocka_unit_test_teardown(a_rule_is_a_url_or_a_path, forget),
		cmocka_unit_test_teardown(what_is_refused_for_its_shape_is_no_rule, forget),
		cmocka_unit_test_teardown(no_byte_anywhere_leads_off_the_origin, forget),
	};
	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
