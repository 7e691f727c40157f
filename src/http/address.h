/* Addresses of clients: reading them, ranges of them, and which one stands behind the proxies. */
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

/* All addresses that share the first bits; those of IPv4 begin at bit 96. "::/0" holds IPv4 too. */
struct address_range {
	struct address address;
	unsigned bits;
};

/* Reads an IPv4 or IPv6 address, IPv6 in brackets or bare; a port and a zone may follow and are dropped. */
bool address_read(struct span text, struct address *);

/* Reads a bare address, or one with "/bits": 0 to 32 for IPv4, 0 to 128 for IPv6. */
bool address_range_read(struct span text, struct address_range *);

/* Tells whether one of the ranges holds the address. */
bool address_in(const struct address *, const struct address_range *ranges, size_t n);

/* Makes the address what one client is taken for: IPv4 stays whole, IPv6 is cut to its /64. */
void address_network(struct address *);

/*
 * Gives the address of the client, in the arena or peer itself: walks X-Forwarded-For from its right end, past
 * the trusted proxies, to the first address that is none; an element that can't be read ends the walk at the hop
 * before it. The peer is believed only where it is a proxy; NULL gives NULL.
 */
const char *address_client(const char *peer, const char *forwarded_for, const struct address_range *proxies, size_t n, struct arena *);

#endif
