/* The page of a form, drawn from its fields. */
#ifndef FORM_PAGE_H
#define FORM_PAGE_H

#include "config.h"
#include "page.h"
#include "response.h"
#include "submission.h"

/*
 * Makes the response the form's page: with what was posted, or NULL, in its fields, and n faults in the order of the fields,
 * each beside its own.
 */
void form_page_draw(struct response *, const struct form *, const struct submission *, const struct page_fault *, size_t n);

#endif
