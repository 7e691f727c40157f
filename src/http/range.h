/* Ranges of a representation (RFC 9110 §14). */
#ifndef RANGE_H
#define RANGE_H

#include <stdint.h>

enum range_kind {
	RANGE_WHOLE,        /* no range, or one that is passed over: send all */
	RANGE_PART,         /* send the part */
	RANGE_OUTSIDE,      /* none of it is there: 416 */
};

/* Reads a Range header, which may be NULL, for a representation of that many bytes; several ranges are passed over. */
enum range_kind range_read(const char *header, uint64_t size, uint64_t *from, uint64_t *n);

#endif
