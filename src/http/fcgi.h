/* FastCGI: requests that come one after the other, each by a connection of its own. */
#ifndef FCGI_H
#define FCGI_H

#include <stdint.h>

#include "http/fcgi_peek.h"
#include "http/request.h"

/* A connection that was accepted, and what was seen of its request. */
struct fcgi_connection {
	int socket;
	enum peek come;
	size_t bytes;  /* that have come, as far as fcgi_peek looks */
	bool late;     /* its body comes too slowly */
	bool answered; /* the answer is sent, and the peer may have to read it yet */
};

/* Initialises libfcgi; returns -1 on failure. */
int fcgi_begin(void);

/* Accepts a connection; returns -1 if none came, or if that failed, with the reason logged. */
int fcgi_accept(int listener);

/*
 * Reads a request from a connection and has it answered. The rest of a header must come within header_seconds (0: no limit), and a long
 * answer must be taken at the pace. Messages that arise meanwhile go to the peer's log. Returns true if the connection has to stay open
 * for a while and what comes be read, lest the answer is lost: closing it is left to the caller. Else it is closed.
 */
bool fcgi_serve(const struct fcgi_connection *, uint64_t header_seconds, struct pace,
	void (*answer)(void *context, const struct transport *), void *context);

#endif
