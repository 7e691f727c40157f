/* Origins: hosts, ports and the start of URLs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/span.h"
#include "base/text.h"
#include "http/origin.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void a_host_is_a_name_or_an_address_with_or_without_a_port(void **state)
{
	static const struct { const char *text, *host; unsigned port; } rows[] = {
		{"example.org", "example.org", 80}, {"EXAMPLE.org", "EXAMPLE.org", 80}, {"localhost", "localhost", 80},
		{"example.org.", "example.org.", 80}, {"a", "a", 80}, {"x-y.z_w.9", "x-y.z_w.9", 80},
		{"xn--bcher-kva.example", "xn--bcher-kva.example", 80},
		{"example.org:8080", "example.org", 8080}, {"example.org:1", "example.org", 1},
		{"example.org:65535", "example.org", 65535},
		{"example.org:", "example.org", 80}, {"example.org:00080", "example.org", 80}, {"127.0.0.1", "127.0.0.1", 80},
		{"10.0.0.7:81", "10.0.0.7", 81},
		{"[::1]", "[::1]", 80}, {"[::]", "[::]", 80}, {"[::1]:8080", "[::1]", 8080}, {"[::1]:", "[::1]", 80},
		{"[2001:db8::ff00:42:8329]", "[2001:db8::ff00:42:8329]", 80}, {"[::ffff:192.0.2.1]:443", "[::ffff:192.0.2.1]", 443},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct origin origin = {.scheme = "http"};
		if (!origin_host_read(span_of(rows[i].text), &origin))
			fail_msg("%s is refused", rows[i].text);
		assert_true(span_is(origin.host, rows[i].host));
		assert_int_equal(origin.port, rows[i].port);
	}
}

static const char *const no_hosts[] = {"", ":", ":80", ".", ".org", "a..b", "exa mple.org", " example.org", "example.org ",
	"example.org\r\nX: y", "example.org\n", "a\tb", "ex<ample", "a\"b", "a/b", "a?b", "a#b", "a\\b", "a@b", "user:pw@host",
	"a%41", "a,b", "a;b", "a=b", ("b\xc3\xbc" "cher.example"), "a\x7f", "example.org:0", "example.org:65536",
	"example.org:99999", "example.org:8080808080", "example.org:x", "example.org:-1", "example.org:+80", "example.org: 80",
	"example.org:80 ", "example.org:80:80", "example.org:0x50", "::1", "2001:db8::1", "[", "]", "[]", "[:]", "[::1", "::1]",
	"[::1]x", "[::1]80", "[::1]:x", "[::1]:0", "[::1]:65536", "[::g]", "[1::2::3]", "[127.0.0.1]", "[fe80::1%eth0]",
	"[fe80::1%25eth0]", "[v1.a]", "[::1]]", "[[::1]]", "[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd]"};

static void what_is_no_host_is_refused(void **state)
{
	char name[255];
	(void)state;
	for (size_t i = 0; i < sizeof no_hosts / sizeof *no_hosts; i++) {
		struct origin origin = {.scheme = "http"};
		if (origin_host_read(span_of(no_hosts[i]), &origin))
			fail_msg("\"%s\" is taken", no_hosts[i]);
	}
	struct origin origin = {.scheme = "http"};
	assert_false(origin_host_read((struct span){"a\0b", 3}, &origin));
	memset(name, 'a', sizeof name);
	assert_true(origin_host_read((struct span){name, 253}, &origin));
	assert_false(origin_host_read((struct span){name, 254}, &origin));
}

static void a_span_is_read_to_its_end_and_no_further(void **state)
{
	struct origin origin = {.scheme = "https"};
	(void)state;
	assert_true(origin_host_read((struct span){"example.org:80801", 16}, &origin));
	assert_int_equal(origin.port, 8080);
	assert_true(origin_host_read((struct span){"example.org:8080", 11}, &origin));
	assert_true(span_is(origin.host, "example.org"));
	assert_int_equal(origin.port, 443);
}

static void a_url_begins_with_its_origin(void **state)
{
	static const struct { const char *url, *written, *rest; } rows[] = {
		{"http://example.org", "http://example.org", ""}, {"https://example.org/", "https://example.org", "/"},
		{"HTTPS://Example.ORG/A?b#c", "https://example.org", "/A?b#c"},
		{"https://example.org?b", "https://example.org", "?b"},
		{"http://example.org#c", "http://example.org", "#c"}, {"http://example.org:80/", "http://example.org", "/"},
		{"https://example.org:443", "https://example.org", ""}, {"https://example.org:80/", "https://example.org:80", "/"},
		{"http://example.org:443/", "http://example.org:443", "/"}, {"http://example.org:/x", "http://example.org", "/x"},
		{"http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080", "/x"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct origin origin;
		struct text written = {.arena = &arena};
		const char *rest;
		if (!origin_read(rows[i].url, &origin, &rest))
			fail_msg("%s is refused", rows[i].url);
		origin_write(&written, &origin);
		assert_string_equal(text_string(&written), rows[i].written);
		assert_string_equal(rest, rows[i].rest);
	}
}

static void a_url_of_another_kind_has_no_origin_here(void **state)
{
	static const char *const rows[] = {"", "example.org", "/a", "//example.org/", "http:", "http:/", "http://", "http:///a",
		"https://?a", "http:example.org", "http:/example.org", "ftp://example.org/", "javascript:alert(1)",
		"data:text/html,x", " http://example.org", "https:\\\\example.org", "https://example.org\\@evil.example/",
		"https://example.org@evil.example/", "httpss://example.org", "null"};
	struct origin origin;
	const char *rest;
	char url[128];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (origin_read(rows[i], &origin, &rest))
			fail_msg("\"%s\" is taken", rows[i]);
	for (size_t i = 0; i < sizeof no_hosts / sizeof *no_hosts; i++) {
		snprintf(url, sizeof url, "https://%s", no_hosts[i]);
		if (!strpbrk(no_hosts[i], "/?#") && origin_read(url, &origin, &rest))
			fail_msg("\"%s\" is taken", url);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_a_name_or_an_address_with_or_without_a_port),
		cmocka_unit_test(what_is_no_host_is_refused),
		cmocka_unit_test(a_span_is_read_to_its_end_and_no_further),
		cmocka_unit_test_teardown(a_url_begins_with_its_origin, forget),
		cmocka_unit_test(a_url_of_another_kind_has_no_origin_here),
	};
	return cmocka_run_group_tests_name("origin", tests, NULL, NULL);
}
