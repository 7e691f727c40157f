/* Ranges of a representation (RFC 9110 §14). */
#ifndef RANGE_H
#define RANGE_H

#include <stdint.h>

enum range_kind {
	RANGE_WHOLE,   /* no range, or an ignored one: send everything */
	RANGE_PART,    /* send the part */
	RANGE_OUTSIDE, /* the range begins behind the end: 416 */
};

/* Reads a Range header, which may be NULL, for a representation of size bytes. Several ranges at once are ignored. */
enum range_kind range_read(const char *header, uint64_t size, uint64_t *from, uint64_t *n);

#endif
