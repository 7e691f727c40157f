/* A request is a BEGIN record, PARAMS records and STDIN records; an empty one ends each of the two streams. */
#include "http/fcgi_peek.h"

#include <errno.h>
#include <fastcgi.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Passes over the records that are whole. Behind the variables, only the end of the body counts. */
static enum peek walk_records(const unsigned char *bytes, size_t n)
{
	const FCGI_Header *begin = (const FCGI_Header *)bytes;
	enum peek found = PEEK_HEADER;
	for (size_t at = 0; at + FCGI_HEADER_LEN <= n;) {
		const FCGI_Header *header = (const FCGI_Header *)(bytes + at);
		size_t length = (size_t)(header->contentLengthB1 << 8 | header->contentLengthB0);
		bool same = header->requestIdB0 == begin->requestIdB0 && header->requestIdB1 == begin->requestIdB1;
		bool ends = length == 0 && same && at + FCGI_HEADER_LEN + header->paddingLength <= n;
		if (header->version != FCGI_VERSION_1 || (same && header->type == FCGI_ABORT_REQUEST) ||
			(found == PEEK_HEADER && (!same || header->type != (at ? FCGI_PARAMS : FCGI_BEGIN_REQUEST))))
			return PEEK_NOW;
		if (ends && found == PEEK_HEADER && header->type == FCGI_PARAMS)
			found = PEEK_BODY;
		else if (ends && header->type == FCGI_STDIN)
			return PEEK_WHOLE;
		at += FCGI_HEADER_LEN + length + header->paddingLength;
	}
	return found;
}

enum peek fcgi_peek(int connection, size_t *bytes)
{
	static unsigned char first[PEEK_MOST];
	ssize_t n = recv(connection, first, sizeof first, MSG_PEEK | MSG_DONTWAIT);
	*bytes = n > 0 ? (size_t)n : 0;
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? PEEK_HEADER : PEEK_NOW;
	enum peek found = walk_records(first, (size_t)n);
	return found != PEEK_WHOLE && (n == 0 || n == sizeof first) ? PEEK_NOW : found;
}
