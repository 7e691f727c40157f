/* What proxies say of a request that they have passed on: Forwarded (RFC 7239), or X-Forwarded-For, -Proto and -Host. */
#ifndef FORWARDED_H
#define FORWARDED_H

#include <stddef.h>

#include "http/address.h"
#include "http/request.h"

/*
 * Sets the forwarded scheme and host of a request that came from one of the proxies, and returns the client's address, which lives in the
 * arena or in the transport; NULL if REMOTE_ADDR is missing. Headers of anybody else are ignored. Forwarded counts only if there is no
 * X-Forwarded-For, -Proto or -Host: a proxy that sets those may pass on a client's own Forwarded.
 */
const char *forwarded_read(struct request *, const struct address_range *proxies, size_t n);

#endif
