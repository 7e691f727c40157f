/* Origins (RFC 6454): the scheme, host and port of a URL or of a request. */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>

#include "base/span.h"
#include "base/text.h"

struct origin {
	const char *scheme; /* "http" or "https" */
	struct span host;   /* a name, an IPv4 address or a bracketed IPv6 one */
	unsigned port;      /* never 0 */
};

/* Reads "host" or "host:port" into an origin whose scheme is set; returns false if either is invalid (RFC 9110 §7.2). */
bool origin_host_read(struct span text, struct origin *);

/* Reads the origin of an absolute http or https URL and sets rest to what follows it; returns false for any other text. */
bool origin_read(const char *url, struct origin *, const char **rest);

/* Returns true if two origins are the same (RFC 6454 §5). A trailing dot, or another spelling of an address, makes another host. */
bool origin_same(const struct origin *, const struct origin *);

/* Appends "scheme://host" in lower case, and the port unless it is the default of the scheme. */
void origin_write(struct text *, const struct origin *);

/*
 * Appends the origin of an app, such as app://localhost, in lower case: a scheme other than http and https, and a host with or without a
 * port. False if the URL has none.
 */
bool origin_app_write(struct text *, const char *url);

#endif
