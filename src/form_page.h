/* The page of a form, drawn from its fields. */
#ifndef FORM_PAGE_H
#define FORM_PAGE_H

#include "exchange.h"
#include "page.h"
#include "submission.h"

/*
 * Makes the response the page of the exchange's form: with what was posted, or NULL, in its fields, and n faults in the order of
 * the fields, each beside its own.
 */
void form_page_draw(struct exchange *, const struct submission *, const struct page_fault *, size_t n);

#endif
