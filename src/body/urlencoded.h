/* application/x-www-form-urlencoded, parsed as the WHATWG URL standard says (§5.1), in pieces of any size. */
#ifndef URLENCODED_H
#define URLENCODED_H

#include <stdbool.h>

#include "base/span.h"
#include "base/text.h"
#include "body/body_fault.h"
#include "body/submission.h"

/* The state of a parse. Callers use only the functions. */
struct urlencoded {
	struct submission *submission;
	const struct limits *limits;
	struct text part; /* the name or value being read, decoded so far */
	struct span name; /* of the value being read, if in_value */
	bool in_value;
	bool started; /* the pair has at least one byte */
	char held[2]; /* "%", or "%" and a hexadecimal digit, until the next byte comes */
	size_t held_n;
};

/* Starts a parse into the submission, within the limits. Both are borrowed until it ends. */
void urlencoded_begin(struct urlencoded *, struct submission *, const struct limits *);

/* Takes the next n bytes of the body. */
enum body_fault urlencoded_feed(struct urlencoded *, const char *bytes, size_t n);

/* Ends the parse: the body is complete. */
enum body_fault urlencoded_end(struct urlencoded *);

#endif
