/* Connections whose requests are still on the way. They wait here, so that a slow or silent peer holds no process. */
#ifndef ARRIVALS_H
#define ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/fcgi.h"
#include "http/pace.h"

/* The most that wait in one process; one more closes the one that has waited longest. As many can be handed over in one message. */
enum { ARRIVALS_MOST = 250 };

/* How long peers may take. Without header_seconds a header has no limit. */
struct patience {
	uint64_t header_seconds;
	struct pace body; /* not begun; see http/pace.h */
};

/* A connection that waits. */
struct arrival {
	struct fcgi_connection connection;
	int64_t since; /* when it was accepted, its header was complete, or it was answered, as date_uptime counts */
	int pieces;    /* in which it has come so far */
	size_t header; /* the bytes that had come when its header was complete */
};

struct arrivals {
	int listener, signals; /* descriptors */
	int watch;             /* of epoll, for both of them and all that wait */
	int ready;             /* the descriptor that something has happened to, or -1 if only time has passed */
	bool hung_up;          /* its peer sends no more */
	bool closing;          /* no connection is accepted any more */
	struct patience patience;
	size_t n;
	struct arrival waiting[ARRIVALS_MOST]; /* the one that has waited longest is first */
};

/*
 * Watches a listening socket, which wakes one of the processes that share it, and a descriptor of signals. Returns -1 and sets errno on
 * failure.
 */
int arrivals_begin(struct arrivals *, int listener, int signals, const struct patience *);

/* Lets connections wait on that another process has accepted, no longer than they would have there. */
void arrivals_adopt(struct arrivals *, const struct arrival *passed, size_t n);

/* Gives the connections whose requests another process could serve as well; returns how many. They stay this one's to close. */
size_t arrivals_pass_on(const struct arrivals *, struct arrival passed[ARRIVALS_MOST]);

/* Closes the connections that were passed on, as far as this process has them. */
void arrivals_let_go(struct arrivals *);

/* Waits until there is something to do for arrivals_next; returns false once a signal has come, or after arrivals_close if none waits. */
bool arrivals_wait(struct arrivals *);

/* Takes the signal that has come and returns its number; 0 if there is none. */
int arrivals_signal(const struct arrivals *);

/* Gives a connection that is to be served now, which then is the caller's to close; returns false if there is none yet. */
bool arrivals_next(struct arrivals *, struct fcgi_connection *);

/* Keeps a connection whose answer is sent open until the peer closes it or some seconds have passed; what comes is thrown away. */
void arrivals_linger(struct arrivals *, int connection);

/* Accepts no more connections. Those that wait can still be waited for: a second for a header, some seconds for a body. */
void arrivals_close(struct arrivals *);

/* Stops watching. Connections that still wait are closed. */
void arrivals_end(struct arrivals *);

#endif
