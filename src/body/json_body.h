/* application/json as the body of a post: a flat object whose members are fields. */
#ifndef JSON_BODY_H
#define JSON_BODY_H

#include "base/span.h"
#include "body/body_fault.h"
#include "body/submission.h"
#include "config/config.h"

/*
 * Reads an object of strings, numbers, booleans, nulls and arrays of those into the submission. A form's tick box (a checkbox
 * without options) is posted by true and not by false, as a browser does it; null posts nothing.
 */
enum body_fault json_body_read(struct span body, const struct form *, struct submission *);

#endif
