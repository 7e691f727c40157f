/* Pages: the HTML around what a resource has to say, and the answers that say what went wrong. */
#ifndef PAGE_H
#define PAGE_H

#include "request.h"
#include "response.h"
#include "text.h"

/* One fault of one field, for people. */
struct page_fault {
	const char *name;    /* as posted */
	const char *message;
};

/* Makes the response an HTML page with a title and heading; what follows goes into its body, then page_end. */
void page_begin(struct response *, const char *title, const char *heading);

/* Ends the page. */
void page_end(struct response *);

/*
 * Makes the response say that it could not be done: a page, or a problem document (RFC 9457) where the client would rather
 * have JSON. The status decides the title; the detail is one sentence or more for the visitor.
 */
void page_problem(struct response *, const struct request *, int status, const char *detail);

/* Likewise with faults of fields, as a problem document only; false where the client would rather have a page. */
bool page_problem_fields(struct response *, const struct request *, int status, const char *detail,
	const struct page_fault *, size_t n);

#endif
