/* FastCGI, as one of the two ways in which a request comes. */
#ifndef FCGI_H
#define FCGI_H

#include "http/request.h"

/* Gets ready; -1 where that fails. */
int fcgi_begin(void);

/* Accepts a connection, which is closed where nothing came within a bounded time; -1 where none came, or with the reason said. */
int fcgi_accept(int listener);

/* Reads a request from a connection, has it answered, and closes the connection. What is said meanwhile goes to the peer's log. */
void fcgi_serve(int connection, void (*answer)(void *context, const struct transport *), void *context);

#endif
