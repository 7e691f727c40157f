/* CGI (RFC 3875), as one of the two ways in which a request comes. */
#ifndef CGI_H
#define CGI_H

#include <stdint.h>

#include "http/request.h"

/* Gives the transport of the one request that the process was started for; *taken, 0 at first, counts what is read of its body. */
struct transport cgi_transport(uint64_t *taken);

/* Reads on to the end of a body that was refused: Apache does not look at the answer before all of it was taken. */
void cgi_discard(uint64_t taken);

#endif
