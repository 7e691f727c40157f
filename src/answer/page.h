/* Pages: the HTML around what a resource has to say, and the answers that say what went wrong. */
#ifndef PAGE_H
#define PAGE_H

#include "answer/exchange.h"

/* One fault of one field, for people. */
struct page_fault {
	const char *name;    /* as posted */
	const char *message;
};

/* Makes the response an HTML page with a title and heading; what follows goes into its body, then page_end. */
void page_begin(struct exchange *, const char *title, const char *heading);

/* Ends the page. */
void page_end(struct exchange *);

/* Makes the response a 303 to an absolute URI, with its note (RFC 9110 §15.4.4). */
void page_see_other(struct exchange *, const char *uri);

/* Makes the response a redirect of any status, with its note, to which markup is added. */
void page_see_other_and(struct exchange *, int status, const char *uri, const char *markup);

/* Tells whether the client would rather have JSON than a page. */
bool page_wants_json(const struct exchange *);

/*
 * Makes the response say that it could not be done: a page, or a problem document (RFC 9457) where the client would rather
 * have JSON. The status decides the title.
 */
void page_problem(struct exchange *, int status, enum message detail);

/* Begins the same, with a text of the caller's: true where it is a page, to which more may be added before page_end. */
bool page_problem_begin(struct exchange *, int status, const char *detail);

/* Likewise, all of it. */
void page_problem_saying(struct exchange *, int status, const char *detail);

/* Likewise 503, and that it may be tried again in a minute: the server's fault, which may pass (RFC 9110 §15.6.4). */
void page_unavailable(struct exchange *, enum message detail);

/* Likewise with faults of fields, as a problem document only; false where the client would rather have a page. */
bool page_problem_fields(struct exchange *, int status, enum message detail, const struct page_fault *, size_t n);

#endif
