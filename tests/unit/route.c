/* Routes: what they match, what their holes stand for, and what comes of it in a target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "config/route.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* What "{a}|{b}|{c}" becomes, or NULL where the path does not match. */
static const char *filled(const char *route, const char *path)
{
	struct captures captures;
	struct text text = {.arena = &arena};
	if (!route_match(route, path, &captures, &arena))
		return NULL;
	route_fill(&text, "{a}|{b}|{c}", &captures);
	return text_string(&text);
}

static void a_route_is_a_path_with_holes_for_segments(void **state)
{
	static const char *const right[] = {"/a", "/a/b", "/{a}", "/{a}/b/{c}", "/{rest...}", "/a/{b}/{c...}",
		"/a_1/{A_9}", "/a.b", "/a/", "/{a}/", "/{a}b", "/b{a}", "/o/{a}.ttl",
		"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}", "/a...", "/..."};
	static const struct { const char *route, *what; } wrong[] = {
		{"", "begins with a slash"}, {"/", "begins with a slash"}, {"a", "begins with a slash"},
		{"{a}", "begins with a slash"}, {"//", "empty segment"},
		{"/a//b", "empty segment"}, {"//a", "empty segment"}, {"/a//", "empty segment"},
		{"/{a", "takes one {name}"}, {"/a}", "takes one {name}"},
		{"/{a}{b}", "takes one {name}"}, {"/{}", "takes one {name}"},
		{"/{a-b}", "takes one {name}"},
		{"/{a.}", "takes one {name}"}, {"/{a..}", "takes one {name}"}, {"/{a....}", "takes one {name}"},
		{"/{...}", "takes one {name}"}, {"/{a...}/b", "at its end"},
		{"/{a...}/", "at its end"}, {"/{{a}}", "takes one {name}"}, {"/{a}/{a}", "two holes"}, {"/{a}/{a...}", "two holes"},
		{"/}{", "takes one {name}"},
		{"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", "more than 8"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		if (route_check(right[i]))
			fail_msg("%s: %s", right[i], route_check(right[i]));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (!route_check(wrong[i].route) || !strstr(route_check(wrong[i].route), wrong[i].what))
			fail_msg("%s: %s", wrong[i].route, route_check(wrong[i].route) ? route_check(wrong[i].route) : "is taken");
}

static void a_target_has_holes_of_its_route_only(void **state)
{
	static const char *const right[] = {"/x", "/{a}", "/{a}/{rest}/{a}", "https://x.example/{a}?b={rest}#{a}", "{a}{rest}"};
	static const char *const wrong[] = {"/{b}", "/{a...}", "/{rest...}", "/{a", "/a}", "/{}", "/{A}",
		"/{res}", "/{rest1}", "/{{a}}", "/{a}}"};
	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		assert_null(route_check_target("/{a}/{rest...}", right[i], &arena));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (!route_check_target("/{a}/{rest...}", wrong[i], &arena))
			fail_msg("%s is taken", wrong[i]);
}

static void a_path_matches_segment_by_segment(void **state)
{
	static const struct { const char *route, *path, *filled; } rows[] = {
		{"/{a}", "/x", "x||"}, {"/{a}", "/x/", NULL}, {"/{a}", "/", NULL}, {"/{a}", "", NULL}, {"/{a}", "x", NULL},
		{"/{a}", "/x/y", NULL}, {"/{a}", "//x", NULL},
		{"/id/{a}", "/id/x", "x||"}, {"/id/{a}", "/ID/x", NULL}, {"/id/{a}", "/id", NULL}, {"/id/{a}", "/id/", NULL},
		{"/id/{a}", "/idx/x", NULL},
		{"/id/{a}", "/i/x", NULL}, {"/{a}/id", "/x/id", "x||"}, {"/{a}/id", "/x/id/", NULL},
		{"/{a}/{b}/{c}", "/1/2/3", "1|2|3"}, {"/{c}/{b}/{a}", "/1/2/3", "3|2|1"},
		{"/{a...}", "/x", "x||"}, {"/{a...}", "/x/y/z", "x/y/z||"}, {"/{a...}", "/x/", "x/||"}, {"/{a...}", "/", NULL},
		{"/{a...}", "//", NULL}, {"/{a...}", "/x//", NULL},
		{"/{a...}", "/x//y", NULL}, {"/{a}/{b...}", "/x/y/z", "x|y/z|"}, {"/{a}/{b...}", "/x/", NULL},
		{"/{a}/{b...}", "/x", NULL}, {"/a", "/a", "||"},
		{"/a", "/a/", NULL}, {"/a/", "/a/", "||"}, {"/a/", "/a", NULL}, {"/a/", "/a//", NULL}, {"/a", "/a/b", NULL},
		{"/a/b", "/a", NULL},
		{"/{a}", "/.", NULL}, {"/{a}", "/..", NULL}, {"/{a}", "/...", "...||"}, {"/{a}", "/.a", ".a||"},
		{"/{a}", "/..;", NULL}, {"/{a}", "/.;x", NULL}, {"/{a}", "/a;..", "a%3B..||"}, {"/{a...}", "/x/../y", NULL},
		{"/{a...}", "/x/.", NULL}, {"/{a...}", "/..", NULL}, {"/{a}", "/\\", NULL}, {"/{a}", "/a\nb", NULL},
		{"/{a}", "/a\tb", NULL}, {"/{a}", "/\x7f", NULL}, {"/{a}", "/\x01", NULL},
		{"/{a}", "/\xff", NULL}, {"/{a}", "/\xc0\xae", NULL}, {"/{a}", "/\xed\xa0\x80", NULL}, {"/{a}", "/\xc3", NULL},
		{"/{a}", "/\xc3\xbc", "%C3%BC||"},
		{"/{a}", "/ %?#&=+;,:@", "%20%25%3F%23%26%3D%2B%3B%2C%3A%40||"}, {"/{a}", "/<\"'>", "%3C%22%27%3E||"},
		{"/{a}", "/{a}", "%7Ba%7D||"}, {"/{a}", "/~-._", "~-._||"},
		{"/{a}", "/%2e%2e", NULL}, {"/{a}", "/%2E", NULL}, {"/{a}", "/%2e%2e;x", NULL}, {"/{a}", "/a%2F..%2Fb", NULL}, {"/{a}", "/..%2Fb", NULL},
		{"/{a}", "/a%5Cb", NULL}, {"/{a}", "/a%00", NULL}, {"/{a}", "/a%0Ab", NULL}, {"/{a}", "/%FF", NULL}, {"/{a}", "/%252e%252e", "%252e%252e||"},
		{"/i%64/{a}", "/id/x", NULL}, {"/id/{a}", "/i%64/x", "x||"}, {"/a%2Fb", "/a/b", NULL}, {"/a/b", "/a%2Fb", NULL},
		{"/{a...}", "/a/%2F", "a//||"}, {"/{a}", "/a%2Fb", "a/b||"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *got = filled(rows[i].route, rows[i].path);
		if ((got == NULL) != (rows[i].filled == NULL) || (got && strcmp(got, rows[i].filled) != 0))
			fail_msg("%s of %s: %s", rows[i].path, rows[i].route, got ? got : "no match");
	}
}

static void a_hole_in_the_path_of_a_target_gets_the_bytes_that_were_sent(void **state)
{
	static const char *const sent[] = {"things:batchGet", "a(b)", "a;v=1", "a@b", "a+b", "a%2Fb", "a%2fb", "%3A", "!$&'()*+,;=:@-._~", "%41", "a%20b",
		"http:%2F%2Fexample.org%2F", "%C3%BC"};
	struct captures captures;
	(void)state;
	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
		struct text text = {.arena = &arena};
		assert_true(route_match("/{a}", text_printed(&arena, "/%s", sent[i]), &captures, &arena));
		route_fill(&text, "https://h.example/x/{a}.ttl", &captures);
		assert_string_equal(text_string(&text), text_printed(&arena, "https://h.example/x/%s.ttl", sent[i]));
	}
}

static void a_hole_elsewhere_in_a_target_is_encoded(void **state)
{
	static const struct { const char *target, *filled; } rows[] = {
		{"/x?q={a}", "/x?q=a%3A%40%26b%3D%2B"}, {"/x#{a}", "/x#a%3A%40%26b%3D%2B"}, {"/x?q=/{a}", "/x?q=/a%3A%40%26b%3D%2B"},
		{"https://{a}/x", "https://a%3A%40%26b%3D%2B/x"}, {"https://{a}.example/{a}", "https://a%3A%40%26b%3D%2B.example/a:@&b=+"},
		{"https://h?{a}", "https://h?a%3A%40%26b%3D%2B"}, {"/{a}?u=https://{a}/", "/a:@&b=+?u=https://a%3A%40%26b%3D%2B/"},
		{"https://h?u=/{a}", "https://h?u=/a%3A%40%26b%3D%2B"}, {"https://h#/{a}", "https://h#/a%3A%40%26b%3D%2B"},
	};
	struct captures captures;
	(void)state;
	assert_true(route_match("/{a}", "/a:@&b=+", &captures, &arena));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct text text = {.arena = &arena};
		route_fill(&text, rows[i].target, &captures);
		assert_string_equal(text_string(&text), rows[i].filled);
	}
}

static void raw_bytes_that_no_path_may_hold_are_encoded(void **state)
{
	struct captures captures;
	struct text text = {.arena = &arena};
	(void)state;
	assert_true(route_match("/{a}", "/<\"^`{|}% %zz\xc3\xbc?#[]", &captures, &arena));
	route_fill(&text, "/{a}", &captures);
	assert_string_equal(text_string(&text), "/%3C%22%5E%60%7B%7C%7D%25%20%25zz%C3%BC%3F%23%5B%5D");
}

static void the_first_hole_is_what_a_map_looks_up(void **state)
{
	struct captures captures;
	(void)state;
	assert_true(route_match("/x/{b}/{a}", "/x/1%202/3", &captures, &arena));
	assert_true(span_is(route_first(&captures), "1 2"));
	assert_true(route_match("/x/{b...}", "/x/1/2", &captures, &arena));
	assert_true(span_is(route_first(&captures), "1/2"));
	assert_true(route_match("/x", "/x", &captures, &arena));
	assert_int_equal(route_first(&captures).length, 0);
}

/* The target's text goes on behind the path: what is there must not count. */
static void a_target_may_be_a_path_that_a_route_matches(void **state)
{
	static const struct { const char *route, *path, *from; bool may; } rows[] = {
		{"/id/{x}", "/id/ada", NULL, true}, {"/id/{x}", "/id/{y}", NULL, true}, {"/id/{x}", "/{y}/ada", NULL, true},
		{"/id/{x}", "/{y}/{z}", NULL, true},
		{"/id/{x}", "/{y}", NULL, false}, {"/id/{x}", "/id", NULL, false}, {"/id/{x}", "/id/a/b", NULL, false},
		{"/id/{x}", "/i/a", NULL, false},
		{"/id/{x}", "/idx/a", NULL, false}, {"/id/{x}", "", NULL, false}, {"/id/{x}", "id/a", NULL, false},
		{"/id/{x}", "/ID/a", NULL, false},
		{"/id", "/id", NULL, true}, {"/id", "/{y}", NULL, true}, {"/id", "/i{y}", NULL, true},
		{"/id", "/id/", NULL, false}, {"/id/", "/id/", NULL, true},
		{"/{x...}", "/a/b/c", NULL, true}, {"/{x...}", "/a", NULL, true}, {"/{x...}", "/", NULL, false},
		{"/{x...}", "", NULL, false}, {"/a/{x...}", "/a/b/c", NULL, true},
		{"/a/{x...}", "/b/c", NULL, false}, {"/a/{x...}", "/{y}/c", NULL, true}, {"/a/{x...}", "/a", NULL, false},
		{"/a/b/c", "/a/{y}", "/o/{y...}", true}, {"/a/b/c", "/{y}", "/o/{y...}", true},
		{"/a/b/c", "/{y}", "/o/{y}", false}, {"/a/b/c", "/b/{y}", "/o/{y...}", false},
		{"/a/b/c", "/{z}", "/o/{z}/{y...}", false}, {"/a/b/c", "/{y}", "/o/{zy...}", false},
		{"/a/b/c", "/x{y}", "/o/{y...}", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *text = text_printed(&arena, "%s/id/x/y{z}", rows[i].path);
		if (route_may_be(rows[i].route, (struct span){text, strlen(rows[i].path)}, rows[i].from) != rows[i].may)
			fail_msg("%s, %s: not %s", rows[i].route, rows[i].path, rows[i].may ? "true" : "false");
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_route_is_a_path_with_holes_for_segments),
		TEST(a_target_has_holes_of_its_route_only),
		TEST(a_path_matches_segment_by_segment),
		TEST(the_first_hole_is_what_a_map_looks_up),
		TEST(a_hole_in_the_path_of_a_target_gets_the_bytes_that_were_sent),
		TEST(a_hole_elsewhere_in_a_target_is_encoded),
		TEST(raw_bytes_that_no_path_may_hold_are_encoded),
		TEST(a_target_may_be_a_path_that_a_route_matches),
	};
	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
