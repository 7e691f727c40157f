/* How much of a request has come by a FastCGI connection, told without taking anything from it. */
#ifndef FCGI_PEEK_H
#define FCGI_PEEK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * PEEK_HEADER: its variables are not all there. PEEK_BODY: they are, its body is not. PEEK_WHOLE: nothing is missing. PEEK_NOW: whatever
 * is missing, no more can be told: the peer has closed the connection, sends something else than a request, or so much that it is not
 * looked at.
 */
enum peek { PEEK_HEADER, PEEK_BODY, PEEK_WHOLE, PEEK_NOW };

/* Returns how much of a request has come (FastCGI specification, §3.3 and §5), and how many bytes that is, up to PEEK_MOST. */
enum peek fcgi_peek(int connection, size_t *bytes);

/* The most bytes of one request that are looked at: a form that was filled in by hand is smaller. */
enum { PEEK_MOST = 32 * 1024 };

#endif
