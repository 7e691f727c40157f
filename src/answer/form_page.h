/* The page of a form, drawn from its fields: what GET of a form answers, and a post that has to be corrected. */
#ifndef FORM_PAGE_H
#define FORM_PAGE_H

#include "answer/exchange.h"
#include "answer/page.h"
#include "base/text.h"
#include "body/submission.h"

/* What a drawn form shows besides its configuration. */
struct form_page {
	const char *token;               /* for a hidden field */
	const struct submission *posted; /* the values of its fields, or NULL */
	const struct page_fault *faults; /* in the order of the fields; each is shown beside its field */
	size_t faults_n;
	enum message notice; /* without faults: why a posted form is back */
	const char *earlier; /* id of the outcome that was kept before, or NULL */
};

/* Answers GET and HEAD for a form: 200 with the drawn form, or 303 to the site's own page. */
void form_page_answer(struct exchange *);

/* Makes the response the page of the exchange's form. */
void form_page_draw(struct exchange *, const struct form_page *);

/* Appends the form alone, to be pasted into another page. It posts to the action and carries no token. */
void form_page_paste(struct text *, const struct form *, const struct catalogue *, const char *action);

#endif
