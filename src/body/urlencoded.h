/* application/x-www-form-urlencoded, parsed as the WHATWG URL standard says (§5.1), in pieces of any size. */
#ifndef URLENCODED_H
#define URLENCODED_H

#include <stdbool.h>

#include "base/span.h"
#include "base/text.h"
#include "body/body_fault.h"
#include "body/submission.h"

/* A parse under way; begun by urlencoded_begin, its insides are its own. */
struct urlencoded {
	struct submission *submission;
	const struct limits *limits;
	struct text part;  /* what is decoded of the name or value under way */
	struct span name;  /* once in_value is set */
	bool in_value;
	bool started;      /* the pair has at least one byte */
	char held[2];      /* "%" or "%" and one hex digit, waiting for what comes next */
	size_t held_n;
};

/* Starts a parse into the submission, within the limits; both are borrowed until its end. */
void urlencoded_begin(struct urlencoded *, struct submission *, const struct limits *);

/* Takes the next n bytes of the body. */
enum body_fault urlencoded_feed(struct urlencoded *, const char *bytes, size_t n);

/* Says that the body has ended. */
enum body_fault urlencoded_end(struct urlencoded *);

#endif
