/* What comes next: where a visitor is sent on to. */
#ifndef NEXT_H
#define NEXT_H

#include "answer/exchange.h"
#include "answer/page.h"
#include "body/submission.h"

/* Makes a path on this site absolute, with the origin of the program's own URI; gives a URL as it is. */
const char *next_absolute(const struct exchange *, const char *target);

/* Gives where a post leads to: where it says itself, if the form allows that, else the form's next, else the outcome of the id. */
const char *next_of_outcome(const struct exchange *, const struct submission *, const char *id);

/* Gives where faults in fields lead to, their names in the query. */
const char *next_of_faults(const struct exchange *, const struct page_fault *, size_t n);

#endif
