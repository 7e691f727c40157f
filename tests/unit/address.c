/* Addresses: how they are written, ranges of them, and the client behind the proxies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/span.h"
#include "http/address.h"

static struct arena arena;

static int forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct address address_of(const char *text)
{
	struct address address;
	if (!address_read(span_of(text), &address))
		fail_msg("\"%s\" is refused", text);
	return address;
}

static struct address_range range_of(const char *text)
{
	struct address_range range;
	if (!address_range_read(span_of(text), &range))
		fail_msg("\"%s\" is refused", text);
	return range;
}

static void an_address_is_the_same_in_each_of_its_spellings(void **state)
{
	static const struct { const char *text; unsigned char bytes[16]; } rows[] = {
		{"192.0.2.7", {[10] = 0xff, 0xff, 192, 0, 2, 7}}, {"192.0.2.7:80", {[10] = 0xff, 0xff, 192, 0, 2, 7}},
		{"192.0.2.7:0", {[10] = 0xff, 0xff, 192, 0, 2, 7}}, {"192.0.2.7:65535", {[10] = 0xff, 0xff, 192, 0, 2, 7}},
		{"::ffff:192.0.2.7", {[10] = 0xff, 0xff, 192, 0, 2, 7}}, {"::FFFF:c000:207", {[10] = 0xff, 0xff, 192, 0, 2, 7}},
		{"[::ffff:192.0.2.7]:443", {[10] = 0xff, 0xff, 192, 0, 2, 7}},
		{"0:0:0:0:0:ffff:192.0.2.7", {[10] = 0xff, 0xff, 192, 0, 2, 7}},
		{"0.0.0.0", {[10] = 0xff, 0xff}}, {"255.255.255.255", {[10] = 0xff, 0xff, 255, 255, 255, 255}},
		{"::", {0}}, {"::1", {[15] = 1}}, {"[::1]", {[15] = 1}}, {"[::1]:443", {[15] = 1}},
		{"2001:db8::1", {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, {"2001:0DB8:0:0:0:0:0:1", {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
		{"fe80::1%eth0", {0xfe, 0x80, [15] = 1}}, {"[fe80::1%eth0]:80", {0xfe, 0x80, [15] = 1}},
		{"fe80::1%25en-0.1_2~", {0xfe, 0x80, [15] = 1}}, {"fe80::1%3", {0xfe, 0x80, [15] = 1}},
		{"::192.0.2.7", {[12] = 192, 0, 2, 7}}, /* another one */
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct address address = address_of(rows[i].text);
		if (memcmp(address.bytes, rows[i].bytes, 16) != 0)
			fail_msg("\"%s\" is another address", rows[i].text);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const rows[] = {"", " ", "unknown", "_hidden", "localhost", "example.org", "192.0.2", "192.0.2.",
		"192.0.2.7.1", "192.0.2.256", "192.0.2.07", "0xc0.0.2.7", "3221225991", " 192.0.2.7", "192.0.2.7 ", "192.0.2.7\n",
		"192.0.2.7:", "192.0.2.7:x", "192.0.2.7:65536", "192.0.2.7:-1", "192.0.2.7:+1", "192.0.2.7: 1", "192.0.2.7:123456",
		"192.0.2.7:80:80", "192.0.2.7:_x", "192.0.2.7%eth0", "[192.0.2.7]", "[192.0.2.7]:80", "192.0.2.7/32", "-1.0.2.7",
		":80", ":", "::1/128", "1::2::3", ":::", "2001:db8", "2001:db8::g", "2001:db8::12345", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "[", "]", "[]", "[]:80", "[::1", "::1]", "[::1]80", "[::1]:", "[::1]:x", "[::1]:65536",
		"[::1]x", "[[::1]]", "[::1]]", "[ ::1]", "[::1%]", "fe80::1%", "fe80::1%a b", "fe80::1%a/b", "fe80::1%a%b",
		"fe80::1%\xc3\xa9", "%eth0", "[%eth0]", "::ffff:192.0.2.256", "\"192.0.2.7\"", "\"[::1]\"", "192.0.2.7,192.0.2.8",
		"192.0.2.7;x", ("\xef\xbc\x91" "92.0.2.7"), "fe80::1%a23456789012345678901234567890123",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd"};
	struct address address;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (address_read(span_of(rows[i]), &address))
			fail_msg("\"%s\" is taken", rows[i]);
	assert_false(address_read((struct span){NULL, 0}, &address));
	assert_false(address_read((struct span){"192.0.2.7\0", 10}, &address));
	assert_false(address_read((struct span){"::1\0", 4}, &address));
	assert_false(address_read((struct span){"::1%a\0b", 7}, &address));
	assert_false(address_read((struct span){"192.0.2.7:8\0" "0", 13}, &address));
}

static void a_span_is_read_to_its_end_and_no_further(void **state)
{
	struct address address, same = address_of("192.0.2.7");
	struct address_range range;
	(void)state;
	assert_true(address_read((struct span){"192.0.2.78:x", 9}, &address));
	assert_memory_equal(&address, &same, sizeof same);
	assert_true(address_range_read((struct span){"192.0.2.7/248", 12}, &range));
	assert_int_equal(range.bits, 96 + 24);
}

static void a_range_holds_the_addresses_that_share_its_bits(void **state)
{
	static const struct { const char *range, *in[3], *out[3]; } rows[] = {
		{"192.0.2.7", {"192.0.2.7", "::ffff:192.0.2.7"}, {"192.0.2.6", "192.0.2.8", "::192.0.2.7"}},
		{"192.0.2.7/32", {"192.0.2.7"}, {"192.0.2.6", "193.0.2.7"}},
		{"192.0.2.0/24", {"192.0.2.0", "192.0.2.255"}, {"192.0.1.255", "192.0.3.0"}},
		{"192.0.2.99/24", {"192.0.2.0", "192.0.2.255"}, {"192.0.1.255", "192.0.3.0"}},
		{"172.16.0.0/12", {"172.16.0.0", "172.31.255.255"}, {"172.15.255.255", "172.32.0.0", "::1"}},
		{"192.0.2.128/25", {"192.0.2.128", "192.0.2.255"}, {"192.0.2.127", "192.0.3.0"}},
		{"192.0.2.6/31", {"192.0.2.6", "192.0.2.7"}, {"192.0.2.5", "192.0.2.8"}},
		{"0.0.0.0/0", {"0.0.0.0", "255.255.255.255"}, {"::", "::1", "2001:db8::1"}},
		{"128.0.0.0/1", {"128.0.0.0", "255.255.255.255"}, {"127.255.255.255", "8000::"}},
		{"::1", {"::1", "[::1]:80"}, {"::", "::2", "127.0.0.1"}},
		{"::1/128", {"::1"}, {"::", "::2"}},
		{"2001:db8::/32", {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"}, {"2001:db7:ffff::", "2001:db9::"}},
		{"fc00::/7", {"fc00::", "fdff::1"}, {"fbff::", "fe00::"}},
		{"fe80::/10", {"fe80::1%eth0", "febf::"}, {"fe7f::", "fec0::"}},
		{"2001:db8:0:8::/61", {"2001:db8:0:8::", "2001:db8:0:f::1"}, {"2001:db8:0:7::", "2001:db8:0:10::"}},
		{"::ffff:192.0.2.0/120", {"192.0.2.0", "192.0.2.255"}, {"192.0.3.0"}},
		{"::/0", {"::", "ffff::", "192.0.2.7"}, {0}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct address_range range = range_of(rows[i].range);
		for (size_t j = 0; j < 3; j++) {
			struct address in = address_of(rows[i].in[j] ? rows[i].in[j] : rows[i].in[0]);
			if (!address_in(&in, &range, 1))
				fail_msg("%s is without %s", rows[i].range, rows[i].in[j]);
			struct address out = address_of(rows[i].out[j] ? rows[i].out[j] : "::9");
			if (rows[i].out[j] && address_in(&out, &range, 1))
				fail_msg("%s is with %s", rows[i].range, rows[i].out[j]);
		}
	}
}

static void what_is_no_range_is_refused(void **state)
{
	static const char *const rows[] = {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8",
		"10.0.0.0/ 8", "10.0.0.0 /8", "10.0.0.0/8 ", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10.0.0.0/x", "10.0.0.0/0008",
		"10/8", "10.0.0/8", "::/129", "::/", "::/x", "::/1000", "[::]/8", "[::1]", "192.0.2.7:80", "[::1]:80",
		"fe80::1%eth0", "fe80::%eth0/10", "localhost", "*", "10.0.0.0-10.0.0.9", "10.0.0.0/18446744073709551624"};
	struct address_range range;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (address_range_read(span_of(rows[i]), &range))
			fail_msg("\"%s\" is taken", rows[i]);
	assert_false(address_range_read((struct span){NULL, 0}, &range));
	assert_false(address_range_read((struct span){"10.0.0.0/8\0", 11}, &range));
}

static void any_of_several_ranges_is_enough(void **state)
{
	const struct address_range ranges[] = {range_of("10.0.0.0/8"), range_of("::1"), range_of("192.0.2.7")};
	struct address last = address_of("192.0.2.7"), first = address_of("10.1.2.3"), none = address_of("192.0.2.8");
	(void)state;
	assert_true(address_in(&last, ranges, 3));
	assert_false(address_in(&last, ranges, 2));
	assert_true(address_in(&first, ranges, 3));
	assert_false(address_in(&none, ranges, 3));
	assert_false(address_in(&first, NULL, 0));
}

static void one_client_is_an_ipv4_address_or_an_ipv6_network(void **state)
{
	static const struct { const char *address, *network; } rows[] = {
		{"192.0.2.7", "192.0.2.7"}, {"::ffff:192.0.2.7", "192.0.2.7"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"}, {"2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"},
		{"2001:db8:1:3::", "2001:db8:1:3::"},
		{"::1", "::"}, {"::192.0.2.7", "::"},
		{"64:ff9b::192.0.2.7", "192.0.2.7"}, {"64:ff9b::c000:207", "192.0.2.7"}, {"64:ff9b:1::192.0.2.7", "64:ff9b:1::"},
		{"64:ff9b::1:c000:207", "64:ff9b::"}, {"2002:c000:207::1", "192.0.2.7"}, {"2002:c000:207:ffff::1", "192.0.2.7"}, {"2003:c000:207:1::1", "2003:c000:207:1::"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct address address = address_of(rows[i].address), network = address_of(rows[i].network);
		assert_true(address_network(&address, 0));
		assert_memory_equal(&address, &network, sizeof network);
	}
}

static void larger_networks_are_levels_of_ipv6_alone(void **state)
{
	static const struct { const char *address, *levels[ADDRESS_LEVELS]; } rows[] = {
		{"2001:db8:1:203:4::5", {"2001:db8:1:203::", "2001:db8:1:200::", "2001:db8:1::"}},
		{"192.0.2.7", {"192.0.2.7"}}, {"64:ff9b::192.0.2.7", {"192.0.2.7"}}, {"2002:c000:207:1::", {"192.0.2.7"}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (unsigned level = 0; level <= ADDRESS_LEVELS; level++) {
			struct address address = address_of(rows[i].address), network;
			const char *wanted = level < ADDRESS_LEVELS ? rows[i].levels[level] : NULL;
			assert_int_equal(address_network(&address, level), wanted != NULL);
			if (wanted) {
				network = address_of(wanted);
				assert_memory_equal(&address, &network, sizeof network);
			}
		}
}

/* With proxies at 10.0.0.0/8 and ::1. */
static const char *client(const char *peer, const char *forwarded_for)
{
	const struct address_range proxies[] = {range_of("10.0.0.0/8"), range_of("::1")};
	return address_client(peer, forwarded_for, proxies, 2, &arena);
}

struct hops {
	const char *peer, *forwarded_for, *client;
};

static void check(const struct hops *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *found = client(rows[i].peer, rows[i].forwarded_for);
		if (strcmp(found, rows[i].client) != 0)
			fail_msg("%s, %s: %s, not %s", rows[i].forwarded_for, rows[i].peer, found, rows[i].client);
	}
}

static void the_client_is_the_first_hop_that_is_no_proxy(void **state)
{
	static const struct hops rows[] = {
		{"10.0.0.1", "192.0.2.7", "192.0.2.7"}, {"::1", "192.0.2.7", "192.0.2.7"},
		{"10.0.0.1:4711", "192.0.2.7", "192.0.2.7"}, {"::ffff:10.0.0.1", "192.0.2.7", "192.0.2.7"},
		{"10.0.0.1", "192.0.2.7, 10.0.0.2", "192.0.2.7"}, {"10.0.0.1", "192.0.2.7,10.0.0.3 ,\t10.0.0.2 ", "192.0.2.7"},
		{"10.0.0.1", "2001:DB8:0::0:1", "2001:db8::1"}, {"10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"},
		{"10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"}, {"10.0.0.1", "192.0.2.7:50000", "192.0.2.7"},
		{"10.0.0.1", "fe80::1%eth0", "fe80::1"},
	};
	(void)state;
	check(rows, sizeof rows / sizeof *rows);
}

static void what_a_client_makes_up_is_not_believed(void **state)
{
	static const struct hops rows[] = {
		/* no proxy: its header is its own */
		{"192.0.2.7", "198.51.100.1", "192.0.2.7"}, {"192.0.2.7", "10.0.0.1", "192.0.2.7"},
		{"::ffff:192.0.2.7", "::1", "::ffff:192.0.2.7"},
		/* what a client sent stands left of what the proxy added */
		{"10.0.0.1", "198.51.100.1, 192.0.2.7", "192.0.2.7"}, {"10.0.0.1", "10.0.0.9, 192.0.2.7", "192.0.2.7"},
		{"10.0.0.1", "198.51.100.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"}, {"10.0.0.1", "<script>, 192.0.2.7", "192.0.2.7"},
		{"10.0.0.1", ",,,, 192.0.2.7", "192.0.2.7"},
	};
	(void)state;
	check(rows, sizeof rows / sizeof *rows);
}

static void a_hop_that_cant_be_read_ends_the_walk(void **state)
{
	static const struct hops rows[] = {
		{"10.0.0.1", "", "10.0.0.1"}, {"10.0.0.1", " ", "10.0.0.1"}, {"10.0.0.1", ",", "10.0.0.1"},
		{"::0001", "unknown", "::0001"},
		{"10.0.0.1", "192.0.2.7, unknown", "10.0.0.1"}, {"10.0.0.1", "192.0.2.7, _hidden, 10.0.0.2", "10.0.0.2"},
		{"10.0.0.1", "192.0.2.7,,10.0.0.2", "10.0.0.2"}, {"10.0.0.1", "192.0.2.7,", "10.0.0.1"},
		{"10.0.0.1", "192.0.2.7 10.0.0.2", "10.0.0.1"}, {"10.0.0.1", "for=192.0.2.7", "10.0.0.1"},
		{"unix:", "192.0.2.7", "unix:"}, {"", "192.0.2.7", ""}, {"localhost", "192.0.2.7", "localhost"},
	};
	(void)state;
	check(rows, sizeof rows / sizeof *rows);
}

static void where_all_hops_are_proxies_the_farthest_is_the_client(void **state)
{
	static const struct hops rows[] = {{"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"}, {"10.0.0.1", "0:0::1", "::1"}};
	(void)state;
	check(rows, sizeof rows / sizeof *rows);
}

static void without_a_header_or_proxies_the_peer_is_the_client(void **state)
{
	static const char peer[] = "2001:DB8::1";
	(void)state;
	assert_ptr_equal(address_client(peer, NULL, NULL, 0, &arena), peer);
	assert_ptr_equal(address_client(peer, "192.0.2.7", NULL, 0, &arena), peer);
	assert_ptr_equal(client(peer, "192.0.2.7"), peer);
	assert_null(client(NULL, "192.0.2.7"));
	assert_null(client(NULL, NULL));
}

static void a_long_list_is_walked_for_64_hops(void **state)
{
	char list[1000] = "192.0.2.7";
	(void)state;
	for (int i = 0; i < 63; i++)
		strcat(list, ",10.0.0.2");
	assert_string_equal(client("10.0.0.1", list), "192.0.2.7");
	strcat(list, ",10.0.0.2");
	assert_string_equal(client("10.0.0.1", list), "10.0.0.2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_the_same_in_each_of_its_spellings),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_span_is_read_to_its_end_and_no_further),
		cmocka_unit_test(a_range_holds_the_addresses_that_share_its_bits),
		cmocka_unit_test(what_is_no_range_is_refused),
		cmocka_unit_test(any_of_several_ranges_is_enough),
		cmocka_unit_test(one_client_is_an_ipv4_address_or_an_ipv6_network),
		cmocka_unit_test(larger_networks_are_levels_of_ipv6_alone),
		cmocka_unit_test_teardown(the_client_is_the_first_hop_that_is_no_proxy, forget),
		cmocka_unit_test_teardown(what_a_client_makes_up_is_not_believed, forget),
		cmocka_unit_test_teardown(a_hop_that_cant_be_read_ends_the_walk, forget),
		cmocka_unit_test_teardown(where_all_hops_are_proxies_the_farthest_is_the_client, forget),
		cmocka_unit_test_teardown(without_a_header_or_proxies_the_peer_is_the_client, forget),
		cmocka_unit_test_teardown(a_long_list_is_walked_for_64_hops, forget),
	};
	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
