/* FastCGI: requests that come one after the other, each by a connection of its own. */
#ifndef FCGI_H
#define FCGI_H

#include <stdint.h>

#include "http/request.h"

/* Initialises libfcgi; returns -1 on failure. */
int fcgi_begin(void);

/* Accepts a connection; returns -1 if none came, or if that failed, with the reason logged. */
int fcgi_accept(int listener);

/*
 * Reads a request from a connection, has it answered, and closes the connection. The variables must come within header_seconds (0: no
 * limit), and a long answer must be taken at the pace. Messages that arise meanwhile go to the peer's log.
 */
void fcgi_serve(
	int connection, uint64_t header_seconds, struct pace, void (*answer)(void *context, const struct transport *), void *context);

#endif
