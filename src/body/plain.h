/* text/plain as the body of a post: the third encoding of HTML forms, JSON that a script sent without a preflight, or just text. */
#ifndef PLAIN_H
#define PLAIN_H

#include "base/span.h"
#include "body/body_fault.h"
#include "body/submission.h"

/*
 * Reads "name=value" lines into the submission if the body can be nothing else, and a JSON object if the form has fields; any other text
 * becomes one field named "text". The pairs are copies in the submission's arena.
 */
enum body_fault plain_read(struct span body, const struct form *, struct submission *);

#endif
