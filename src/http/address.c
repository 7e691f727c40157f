/*
 * Each proxy appends the address that called it to X-Forwarded-For, so the right end of the list is true and the left end may be made up
 * by the client. Nodes are written as in RFC 7239 §6. "unknown", obfuscated names ("_x") and empty elements are not addresses, and no
 * trusted proxy vouches for what stands to the left of one.
 */
#include "http/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "base/span.h"

enum { IPV4_AT = 12, IPV4_FIRST_BIT = 96, PORT_MAX = 65535, ZONE_MAX = 32, HOPS_MAX = 64 };

static const unsigned char ipv4_start[IPV4_AT] = {[10] = 0xff, [11] = 0xff};

static bool is_ipv4(const struct address *address)
{
	return memcmp(address->bytes, ipv4_start, IPV4_AT) == 0;
}

/* Copies the span for inet_pton; returns false if it is too long or holds a NUL. */
static bool string_from(struct span text, char *string, size_t size)
{
	if (text.length >= size || (text.length && memchr(text.bytes, '\0', text.length)))
		return false;
	if (text.length)
		memcpy(string, text.bytes, text.length);
	string[text.length] = '\0';
	return true;
}

static bool ipv4_read(struct span text, struct address *address)
{
	char string[INET_ADDRSTRLEN];
	memcpy(address->bytes, ipv4_start, IPV4_AT);
	return string_from(text, string, sizeof string) && inet_pton(AF_INET, string, address->bytes + IPV4_AT) == 1;
}

static bool ipv6_read(struct span text, struct address *address)
{
	char string[INET6_ADDRSTRLEN];
	return string_from(text, string, sizeof string) && inet_pton(AF_INET6, string, address->bytes) == 1;
}

static struct span from(struct span whole, size_t n)
{
	return (struct span){whole.bytes + n, whole.length - n};
}

/* Nothing, or "%" and the name of an interface (RFC 4007 §11). */
static bool is_zone(struct span text)
{
	for (size_t i = 1; i < text.length; i++)
		if (!ascii_is_alphanumeric(text.bytes[i]) && (!text.bytes[i] || !strchr("-._~", text.bytes[i])))
			return false;
	return !text.length || (text.length > 1 && text.length <= ZONE_MAX + 1);
}

static bool zoned_read(struct span text, struct address *address)
{
	struct span plain = span_before(text, '%');
	return is_zone(from(text, plain.length)) && ipv6_read(plain, address);
}

/* Nothing, or ":" and a port. */
static bool is_port(struct span text)
{
	char digits[6];
	uint64_t ignored;
	if (!text.length)
		return true;
	return text.bytes[0] == ':' && string_from(from(text, 1), digits, sizeof digits) && number_read(digits, PORT_MAX, &ignored);
}

bool address_read(struct span text, struct address *address)
{
	if (!text.length)
		return false;
	if (text.bytes[0] == '[') {
		struct span inner = span_before(from(text, 1), ']');
		size_t end = inner.length + 1;
		return end < text.length && zoned_read(inner, address) && is_port(from(text, end + 1));
	}
	struct span host = span_before(text, ':');
	return zoned_read(text, address) || (ipv4_read(host, address) && is_port(from(text, host.length)));
}

bool address_range_read(struct span text, struct address_range *range)
{
	char digits[4];
	uint64_t bits;
	struct span host = span_before(text, '/');
	bool ipv4 = ipv4_read(host, &range->address);
	unsigned most = ipv4 ? 32 : 128;
	if (!ipv4 && !ipv6_read(host, &range->address))
		return false;
	range->bits = 128;
	if (host.length == text.length)
		return true;
	if (!string_from(from(text, host.length + 1), digits, sizeof digits) || !number_read(digits, most, &bits))
		return false;
	range->bits = (unsigned)bits + (ipv4 ? IPV4_FIRST_BIT : 0);
	return true;
}

static bool range_holds(const struct address_range *range, const struct address *address)
{
	size_t whole = range->bits / 8;
	unsigned left = range->bits % 8;
	if (memcmp(range->address.bytes, address->bytes, whole) != 0)
		return false;
	return !left || (range->address.bytes[whole] ^ address->bytes[whole]) >> (8 - left) == 0;
}

bool address_in(const struct address *address, const struct address_range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (range_holds(&ranges[i], address))
			return true;
	return false;
}

/* Replaces an IPv6 address that stands for an IPv4 one by that. */
static void unwrap_ipv4(struct address *address)
{
	static const unsigned char nat64[IPV4_AT] = {0x00, 0x64, 0xff, 0x9b}, six_to_four[2] = {0x20, 0x02};
	struct address ipv4;
	memcpy(ipv4.bytes, ipv4_start, IPV4_AT);
	if (memcmp(address->bytes, nat64, sizeof nat64) == 0)
		memcpy(ipv4.bytes + IPV4_AT, address->bytes + IPV4_AT, 4);
	else if (memcmp(address->bytes, six_to_four, sizeof six_to_four) == 0)
		memcpy(ipv4.bytes + IPV4_AT, address->bytes + sizeof six_to_four, 4);
	else
		return;
	*address = ipv4;
}

bool address_network(struct address *address, unsigned level)
{
	static const size_t kept[ADDRESS_LEVELS] = {8, 7, 6}; /* bytes */
	unwrap_ipv4(address);
	if (level >= ADDRESS_LEVELS || (level > 0 && is_ipv4(address)))
		return false;
	if (!is_ipv4(address))
		memset(address->bytes + kept[level], 0, sizeof address->bytes - kept[level]);
	return true;
}

static const char *address_text(const struct address *address, struct arena *arena)
{
	char *text = arena_take(arena, INET6_ADDRSTRLEN);
	bool ipv4 = is_ipv4(address);
	return inet_ntop(ipv4 ? AF_INET : AF_INET6, address->bytes + (ipv4 ? IPV4_AT : 0), text, INET6_ADDRSTRLEN);
}

/* Takes the last element off a list; several lines of a header form one list (RFC 9110 §5.3). */
static bool take_last(struct span *list, struct span *element)
{
	size_t start = list->length;
	if (!list->bytes)
		return false;
	while (start && list->bytes[start - 1] != ',')
		start--;
	*element = span_trim(from(*list, start));
	*list = start ? (struct span){list->bytes, start - 1} : (struct span){NULL, 0};
	return true;
}

/*
 * Walks the list from its right end past the trusted proxies to the client. Returns how many elements were read, and sets how many
 * proxies are trusted; that may be one more, since the last one may have added what is not an address.
 */
static size_t walk_hops(struct address *client, const char *forwarded_for, const struct address_range *proxies, size_t n, size_t *trusted)
{
	struct address hop;
	struct span element, list = span_of(forwarded_for);
	size_t hops = 0;
	*trusted = 0;
	for (; hops < HOPS_MAX && address_in(client, proxies, n); hops++) {
		++*trusted;
		if (!take_last(&list, &element) || !address_read(element, &hop))
			break;
		*client = hop;
	}
	return hops;
}

size_t address_trusted(const char *peer, const char *forwarded_for, const struct address_range *proxies, size_t n)
{
	struct address client;
	size_t trusted;
	if (!peer || !address_read(span_of(peer), &client))
		return 0;
	walk_hops(&client, forwarded_for ? forwarded_for : "", proxies, n, &trusted);
	return trusted;
}

const char *address_client(const char *peer, const char *forwarded_for, const struct address_range *proxies, size_t n, struct arena *arena)
{
	struct address client;
	size_t trusted;
	if (!peer || !forwarded_for || !address_read(span_of(peer), &client))
		return peer;
	return walk_hops(&client, forwarded_for, proxies, n, &trusted) ? address_text(&client, arena) : peer;
}
