/* A response, put together in memory and sent as one header block and body (RFC 3875 §6). */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <time.h>

#include "base/arena.h"
#include "base/text.h"
#include "http/request.h"

struct response {
	int status;
	const char *location; /* absolute, or NULL */
	const char *type;     /* Content-Type, or NULL where there is no body */
	const char *policy;   /* Content-Security-Policy */
	struct text headers;  /* the further ones; only response_header writes here */
	struct text vary;     /* what the choice of the answer rests on; only response_vary writes here */
	struct text body;
	int file;             /* whose bytes are the body instead, or -1; closed once sent */
	uint64_t file_from, file_n;
	bool refused;         /* a header would have held a control byte */
};

/* Starts a response with nothing in it; what it collects lives in the arena. */
void response_begin(struct response *, struct arena *);

/* Adds a header; one that would hold a control byte makes the whole response a 500. */
void response_header(struct response *, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Says when what is shown was last changed: never later than now, also where the clock went back since (RFC 9110 §8.8.2.1). */
void response_modified(struct response *, time_t changed);

/* Says that another value of that request header may make another answer (RFC 9110 §12.5.5). */
void response_vary(struct response *, const char *name);

/* Gives the reason phrase of a status. */
const char *response_reason(int status);

/* Makes the response a redirect to an absolute URI, its body still empty (RFC 9110 §15.4); of 303 a 302 for HTTP/1.0, which knows no 303. */
void response_redirect(struct response *, const struct request *, int status, const char *uri);

/* Makes n bytes of an open file, from an offset on, the body; the response closes it. */
void response_file(struct response *, int file, uint64_t from, uint64_t n);

/* Sends it; HEAD gets no body. -1 where the peer is gone. */
int response_send(struct response *, const struct request *);

#endif
