/* Addresses of clients: reading them, ranges and networks, and who is behind the proxies. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/span.h"

/* An IPv6 address; an IPv4 one as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), so both spellings of it are the same. */
struct address {
	unsigned char bytes[16];
};

/* All addresses that share the first bits. Those of IPv4 begin at bit 96; "::/0" includes IPv4. */
struct address_range {
	struct address address;
	unsigned bits;
};

/* Reads an IPv4 or IPv6 address, IPv6 with or without brackets. A port and a zone may follow, and are dropped. */
bool address_read(struct span text, struct address *);

/* Reads a bare address, or one with "/bits": 0 to 32 for IPv4, 0 to 128 for IPv6. */
bool address_range_read(struct span text, struct address_range *);

/* Returns true if one of the ranges holds the address. */
bool address_in(const struct address *, const struct address_range *ranges, size_t n);

/* How many networks an address is counted in. */
enum { ADDRESS_LEVELS = 3 };

/*
 * Cuts an address to one of the networks that a client may have: level 0 is an IPv4 address or a /64 of IPv6; level 1 is a /56, as
 * households have, and level 2 a /48, as companies have. An IPv6 address of a NAT64 (64:ff9b::/96, RFC 6052) or of 6to4 (2002::/16,
 * RFC 3056) stands for the IPv4 address in it. Returns false if there is no such level: IPv4 has level 0 alone.
 */
bool address_network(struct address *, unsigned level);

/*
 * Returns the address of the client, in the arena, or peer itself. X-Forwarded-For is read from its right end, past the trusted proxies,
 * to the first address that is not one of them; an element that cannot be read ends the search at the hop before it. If the peer is not
 * a proxy, the header is ignored. If peer is NULL, NULL is returned.
 */
const char *address_client(const char *peer, const char *forwarded_for, const struct address_range *proxies, size_t n, struct arena *);

/* Returns how many trusted proxies the request has passed: 0 if the peer is none of them. forwarded_for may be NULL. */
size_t address_trusted(const char *peer, const char *forwarded_for, const struct address_range *proxies, size_t n);

#endif
