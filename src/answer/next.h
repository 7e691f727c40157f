/* Where a visitor goes after a post. */
#ifndef NEXT_H
#define NEXT_H

#include "answer/exchange.h"
#include "answer/page.h"
#include "body/submission.h"

/* Gives a target as an absolute URI: a path gets the origin of the program's own URI, a URL stays as it is. In the arena. */
const char *next_absolute(const struct exchange *, const char *target);

/* Appends the request's query to a target, before its fragment, if keep is set. In the arena. */
const char *next_with_query(const struct exchange *, const char *target, bool keep);

/*
 * Gives the URI after a post: its own _next if the form allows that, else the form's next, else the status or page of the outcome. A
 * client that prefers JSON always gets the last one.
 */
const char *next_of_outcome(const struct exchange *, const struct submission *, const char *id);

/* Gives the form's URI for posts with faults, with the names of the fields in its query. */
const char *next_of_faults(const struct exchange *, const struct page_fault *, size_t n);

#endif
