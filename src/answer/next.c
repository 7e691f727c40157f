/* The target after a post. Nothing that was submitted gets into it, except for a _next that next_allow lists. */
#include "answer/next.h"

#include <string.h>

#include "base/diag.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "http/target.h"

const char *next_absolute(const struct exchange *exchange, const char *target)
{
	const char *root = exchange->request->root;
	if (*target != '/')
		return target;
	const char *host = strstr(root, "://") + 3, *path = host + strcspn(host, "/");
	return text_printed(exchange->arena, "%.*s%s", (int)(path - root), root, target);
}

const char *next_with_query(const struct exchange *exchange, const char *target, bool keep)
{
	const char *query = request_variable(exchange->request, "QUERY_STRING");
	size_t before = strcspn(target, "#");
	struct text whole = {.arena = exchange->arena};
	if (!keep || !query)
		return target;
	text_add(&whole, target, before);
	text_put(&whole, memchr(target, '?', before) ? "&" : "?");
	escape_query(&whole, query);
	text_put(&whole, target + before);
	return whole.bytes;
}

/* Fills the holes in the form's next. */
static const char *fill_next(const struct exchange *exchange, const char *id, const char *outcome)
{
	struct text next = {.arena = exchange->arena};
	const struct {
		const char *hole, *value;
	} holes[] = {{"{id}", id}, {"{form}", exchange->form->name}, {"{outcome}", outcome}};
	for (const char *c = exchange->form->next; *c;) {
		size_t plain = strcspn(c, "{");
		text_add(&next, c, plain);
		c += plain;
		for (size_t i = 0; i < sizeof holes / sizeof *holes; i++)
			if (strncmp(c, holes[i].hole, strlen(holes[i].hole)) == 0) {
				escape_component(&next, holes[i].value);
				c += strlen(holes[i].hole);
				break;
			}
	}
	return text_string(&next);
}

/* Gives the target that the post itself asks for, or NULL. One that is not allowed is ignored, so that the post is not lost. */
static const char *posted_next(const struct exchange *exchange, const struct submission *submission)
{
	struct span asked = submission_value(submission, SUBMISSION_NEXT);
	if (!asked.length)
		return NULL;
	const char *allowed = NULL;
	if (exchange->form->next_allow && !memchr(asked.bytes, '\0', asked.length))
		allowed = target_allowed(asked.bytes, exchange->form->next_allow, exchange->request->root, exchange->arena);
	if (!allowed)
		diag_note("%s: a post's _next is not in next_allow; the form's own next was used", exchange->form->name);
	return allowed;
}

const char *next_of_outcome(const struct exchange *exchange, const struct submission *submission, const char *id)
{
	const char *next = exchange->form->next, *asked = NULL;
	bool leads_on = next || submission_value(submission, SUBMISSION_NEXT).length;
	if (leads_on && page_wants_json(exchange)) /* a script would fetch a page that may not let it read anything */
		next = NULL;
	else if (leads_on)
		asked = posted_next(exchange, submission);
	if (asked)
		return asked;
	const char *outcome = text_printed(exchange->arena, "%s/%s/%s", exchange->request->root, exchange->form->name, id);
	if (exchange->form->result && !next)
		return text_printed(exchange->arena, "%s/status", outcome);
	return next ? next_absolute(exchange, fill_next(exchange, id, outcome)) : outcome;
}

const char *next_of_faults(const struct exchange *exchange, const struct page_fault *faults, size_t n)
{
	struct text next = {.arena = exchange->arena};
	const char *error = next_absolute(exchange, exchange->form->error);
	size_t before = strcspn(error, "#");
	text_add(&next, error, before);
	text_put(&next, memchr(error, '?', before) ? "&faults=" : "?faults=");
	for (size_t i = 0; i < n; i++) {
		if (i)
			text_put(&next, ",");
		escape_component(&next, faults[i].name);
	}
	text_put(&next, error + before);
	return next.bytes;
}
