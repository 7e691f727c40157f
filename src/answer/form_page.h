/* The page of a form, drawn from its fields. */
#ifndef FORM_PAGE_H
#define FORM_PAGE_H

#include "answer/exchange.h"
#include "answer/page.h"
#include "base/text.h"
#include "body/submission.h"

/* What stands in a form besides what its configuration says. */
struct form_page {
	const char *token;                /* hidden in it */
	const struct submission *posted;  /* what its fields hold, or NULL */
	const struct page_fault *faults;  /* in the order of the fields, each shown beside its own */
	size_t faults_n;
	enum message notice;              /* where there are none but it was posted: why it is here again */
	const char *earlier;              /* id of the outcome that was kept before, or NULL */
};

/* Makes the response the page of the exchange's form. */
void form_page_draw(struct exchange *, const struct form_page *);

/* Appends the form alone, to be pasted into another page; it posts to the action, and carries no token. */
void form_page_paste(struct text *, const struct form *, const struct catalogue *, const char *action);

#endif
