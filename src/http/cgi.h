/* CGI (RFC 3875): one request, which comes by environment and standard input. */
#ifndef CGI_H
#define CGI_H

#include "http/request.h"

/* Returns the transport of the request that the process was started for. */
struct transport cgi_transport(void);

/*
 * Reads the rest of a body that was not wanted, for a bounded time, since some servers (Apache's mod_cgid, civetweb) pass on no answer
 * before they have handed over all of the body.
 */
void cgi_discard(void);

#endif
