/* FastCGI: requests that come one after the other, each by a connection of its own. */
#ifndef FCGI_H
#define FCGI_H

#include <stdbool.h>
#include <stddef.h>
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

/* How requests are served. */
struct fcgi_service {
	uint64_t header_seconds; /* in which the rest of a header must come; 0: no limit */
	struct pace pace;        /* at which a long answer must be taken */
	void (*answer)(void *context, const struct transport *);
	/* Called once at most for a request, if its peer keeps this process waiting; perhaps by a signal's handler, during a read or write. */
	void (*held_up)(void *context);
	void *context;
};

/*
 * Reads a request from a connection and has it answered. Messages that arise meanwhile go to the peer's log. Returns true if the connection
 * has to stay open for a while and what comes be read, lest the answer is lost: closing it is left to the caller. Else it is closed.
 */
bool fcgi_serve(const struct fcgi_connection *, const struct fcgi_service *);

#endif
