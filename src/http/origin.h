/* Origins: scheme, host and port, as they stand in a URL or in the variables of a request (RFC 6454). */
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

/* Reads "host" or "host:port" into an origin whose scheme is set; false where host or port is none (RFC 9110 §7.2). */
bool origin_host_read(struct span text, struct origin *);

/* Reads the start of an absolute http or https URL and gives what stands behind its host and port. */
bool origin_read(const char *url, struct origin *, const char **rest);

/* Tells whether two origins are the same (RFC 6454 §5); a trailing dot or another spelling of an address makes another host. */
bool origin_same(const struct origin *, const struct origin *);

/* Appends "scheme://host", lower-cased, and the port where it is not the scheme's own. */
void origin_write(struct text *, const struct origin *);

#endif
