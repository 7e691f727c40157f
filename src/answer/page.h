/* Pages: the HTML frame of every answer, redirects with their notes, and problems as pages or problem documents. */
#ifndef PAGE_H
#define PAGE_H

#include "answer/exchange.h"

/* A fault of a field, in the words that a visitor reads. */
struct page_fault {
	const char *name; /* as posted */
	const char *message;
};

/* Starts an HTML page with a title and a heading. Its content is appended to the response's body, then comes page_end. */
void page_begin(struct exchange *, const char *title, const char *heading);

/* Ends the page that page_begin started. */
void page_end(struct exchange *);

/* Makes the response a 303 to an absolute URI, with its note (RFC 9110 §15.4.4). */
void page_see_other(struct exchange *, const char *uri);

/* Makes the response a redirect of any status, with its note, followed by markup. */
void page_redirect(struct exchange *, int status, const char *uri, const char *markup);

/* Tells whether the client prefers JSON to a page. */
bool page_wants_json(const struct exchange *);

/* Makes the response a problem: a page, or a problem document (RFC 9457) for clients that prefer JSON. The status decides the title. */
void page_problem(struct exchange *, int status, enum message detail);

/* Begins a problem with a text of the caller's: true if it is a page, to which more may be appended before page_end. */
bool page_problem_begin(struct exchange *, int status, const char *detail);

/* Makes the response a problem with a text of the caller's. */
void page_problem_text(struct exchange *, int status, const char *detail);

/* Makes the response a 503 with Retry-After: the server is at fault, and it may pass (RFC 9110 §15.6.4). */
void page_unavailable(struct exchange *, enum message detail);

/* Makes the response a problem document that lists the faults of fields; false, and only begun, if the client prefers a page. */
bool page_problem_fields(struct exchange *, int status, enum message detail, const struct page_fault *, size_t n);

#endif
