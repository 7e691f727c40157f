/* text/plain as the body of a post: the third encoding of HTML forms, or just text. */
#ifndef PLAIN_H
#define PLAIN_H

#include "base/span.h"
#include "body/body_fault.h"
#include "body/submission.h"
#include "config/config.h"

/*
 * Reads "name=value" lines into the submission where the body can be nothing else; any other text becomes one field named
 * "text". What is not UTF-8 is refused.
 */
enum body_fault plain_read(struct span body, const struct form *, struct submission *);

#endif
