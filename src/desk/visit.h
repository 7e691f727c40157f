/* A visit of an owner to the desk: who it is, which page was asked for, and with which choices. */
#ifndef VISIT_H
#define VISIT_H

#include "answer/exchange.h"
#include "body/submission.h"
#include "keep/selection.h"

/* Which outcomes of a form an owner looks at. */
enum visit_view { VIEW_INBOX, VIEW_UNREAD, VIEW_STARRED, VIEW_SPAM, VIEW_ALL, VIEWS };

struct visit {
	struct exchange *exchange;
	const char *user;
	const struct secret *secret;      /* NULL while nothing was ever kept */
	const char *words, *from, *until; /* as they were typed, never NULL */
	const char *ask;                  /* what to ask about an outcome: "erase", "spam" or something else */
	const char *before;               /* id of the outcome behind which the page begins, or "" */
	const char *after;                /* id of the outcome that the page before this one ends at, or "" */
	const char *as;                   /* "csv" or "json" for a download, or "" */
	enum visit_view view;
	struct filter filter; /* what words, days and view mean */
	time_t now;
};

/* Gives the name of a view, as it stands in a query. */
const char *visit_view_name(enum visit_view);

/* Begins a visit: reads the choices in the query. */
void visit_begin(struct visit *, struct exchange *);

/* Tells whether the user owns a form. */
bool visit_owns(const struct visit *, const struct form *);

/* Gives the absolute URI of the form's list, with the choices of the visit, in the arena; before is an id or "". */
const char *visit_list_uri(const struct visit *, const char *before);

/* Gives the absolute URI that leads to the page of the list with the outcomes that are next newer than one. */
const char *visit_newer_uri(const struct visit *, const char *after);

/* Gives the absolute URI of a download of all that the form's list shows, in the arena; as is "csv" or "json". */
const char *visit_download_uri(const struct visit *, const char *as);

/* Gives the absolute URI of an outcome's page at the desk, with the choices of the visit, in the arena. */
const char *visit_outcome_uri(const struct visit *, const char *id);

/* Gives a token for what the page that is drawn lets its owner change, in the arena; NULL with the reason logged. */
const char *visit_token(const struct visit *);

/* Tells whether a token was drawn for this user and this form, within the last day. */
bool visit_token_valid(const struct visit *, struct span token);

/* Adds the headers of whatever the desk answers: nothing of it is stored, or read by another site. */
void visit_headers(const struct visit *);

/* Begins a page of the desk, with the headers that such pages need. */
void visit_page_begin(const struct visit *, const char *title, const char *heading);

#endif
