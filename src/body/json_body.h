/* application/json as the body of a post: an object whose members are fields (RFC 8259). */
#ifndef JSON_BODY_H
#define JSON_BODY_H

#include "base/span.h"
#include "body/body_fault.h"
#include "body/submission.h"

/*
 * Reads an object into the submission, whose pairs are copies in its arena. A member is text, a number (kept as it was written), true,
 * false, null, an array of those, or an object of such members: {"a":{"b":1}} becomes the field a[b]. A checkbox without options is
 * posted by true and not by false, as a browser does it; null posts nothing. A byte order mark before the object is skipped.
 */
enum body_fault json_body_read(struct span body, const struct form *, struct submission *);

#endif
