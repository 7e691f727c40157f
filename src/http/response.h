/* A response, composed in memory and sent as one header block and body (RFC 3875 §6). */
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
	const char *type;     /* Content-Type, or NULL without a body */
	const char *language; /* Content-Language, or NULL */
	const char *policy;   /* Content-Security-Policy */
	struct text headers;  /* all others; only response_header writes here */
	struct text vary;     /* only response_vary writes here */
	struct text body;
	size_t style_from, style_end; /* where a page has its style sheets, whose hashes are in policy */
	int file;                     /* sent in place of body if it is not -1; closed afterwards */
	uint64_t file_from, file_n;
	/* Writes the body piece by piece by the request's transport, unless NULL; gives -1 if the peer is gone. */
	int (*stream)(void *context, const struct request *);
	void *stream_context;
	bool refused; /* a header would have contained a control byte */
};

/* Starts an empty response with status 200; what it collects lives in the arena. */
void response_begin(struct response *, struct arena *);

/* Adds a header. If it would contain a control byte, the whole response becomes a 500. */
void response_header(struct response *, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds Last-Modified, never later than now, even if the clock was set back (RFC 9110 §8.8.2.1). */
void response_modified(struct response *, time_t changed);

/* Adds a request header to Vary (RFC 9110 §12.5.5). */
void response_vary(struct response *, const char *name);

/* Returns the reason phrase of a status. */
const char *response_reason(int status);

/* Makes the response a redirect to an absolute URI, with an empty body (RFC 9110 §15.4). */
void response_redirect(struct response *, int status, const char *uri);

/* Makes n bytes of an open file, from an offset on, the body. The response closes the file. */
void response_file(struct response *, int file, uint64_t from, uint64_t n);

/* Makes what a function writes the body, of a length that is not known before; context is borrowed until the response is sent. */
void response_stream(struct response *, int (*stream)(void *context, const struct request *), void *context);

/* Sends the response, without its body for HEAD; returns -1 if the peer is gone. */
int response_send(struct response *, const struct request *);

#endif
