/* Guards. A suspicion is only noted: what looks like spam is kept like everything else, and its sender sees no difference. */
#include "answer/guard.h"

#include <string.h>

#include "answer/cors.h"
#include "answer/once.h"
#include "answer/page.h"
#include "base/diag.h"
#include "base/span.h"
#include "base/text.h"
#include "config/pattern.h"

static bool is_own_origin(const struct exchange *exchange, const char *origin)
{
	return origin && strcmp(origin, cors_origin(exchange, exchange->request->root)) == 0;
}

/* Gives the page that a post comes from: Origin (RFC 6454 §7.3), or else Referer, or NULL. */
static const char *posting_page(const struct exchange *exchange)
{
	const char *origin = request_variable(exchange->request, "HTTP_ORIGIN");
	return origin ? origin : request_variable(exchange->request, "HTTP_REFERER");
}

/* Tells whether a post may come from any page, or its headers prove that it comes from a listed one, or from one of the program's own. */
static bool comes_from_allowed_page(const struct exchange *exchange)
{
	if (!exchange->form->origins.n)
		return true;
	const char *site = request_variable(exchange->request, "HTTP_SEC_FETCH_SITE"), *page = posting_page(exchange);
	const char *origin = page ? cors_origin(exchange, page) : NULL;
	return (site && strcmp(site, "same-origin") == 0) || cors_lists(exchange->form, origin) || is_own_origin(exchange, origin);
}

static void refuse_origin(struct exchange *exchange)
{
	page_problem(exchange, 403, posting_page(exchange) ? MESSAGE_ORIGIN_REFUSED : MESSAGE_ORIGIN_UNKNOWN);
}

bool guard_from_own_page(const struct exchange *exchange)
{
	const char *site = request_variable(exchange->request, "HTTP_SEC_FETCH_SITE");
	const char *header = request_variable(exchange->request, "HTTP_ORIGIN");
	if (site)
		return strcmp(site, "same-origin") == 0;
	if (!header)
		return true;
	return is_own_origin(exchange, cors_origin(exchange, header));
}

static bool admit_rate(struct exchange *exchange)
{
	enum { MINUTE = 60, TWO_MINUTES = 2 * MINUTE };
	if (!exchange->form->rate.count)
		return true;
	if (!exchange->client)
		diag_error("%s: the web server sends no REMOTE_ADDR, so all clients share one rate", exchange->form->name);
	uint64_t wait = store_count(exchange->store, exchange->form, exchange->client ? exchange->client : "");
	if (!wait)
		return true;
	bool seconds = wait <= TWO_MINUTES;
	const char *n = text_printed(exchange->arena, "%ju", (uintmax_t)(seconds ? wait : (wait + MINUTE - 1) / MINUTE));
	response_header(exchange->response, "Retry-After", "%ju", (uintmax_t)wait);
	page_problem_text(exchange, 429,
		message_fill(exchange->catalogue, seconds ? MESSAGE_TOO_OFTEN_SECONDS : MESSAGE_TOO_OFTEN_MINUTES, exchange->arena, "n", n,
			NULL));
	return false;
}

bool guard_admit(struct exchange *exchange)
{
	if (comes_from_allowed_page(exchange))
		return admit_rate(exchange);
	/* Browsers that send Sec-Fetch-Site leave no doubt. Without it, as on plain http, the token may tell; see below. */
	if (!request_variable(exchange->request, "HTTP_SEC_FETCH_SITE"))
		return true;
	refuse_origin(exchange);
	return false;
}

bool guard_admit_submission(struct exchange *exchange, const struct submission *submission)
{
	if (comes_from_allowed_page(exchange))
		return true;
	if (once_token_genuine(exchange, submission))
		return admit_rate(exchange); /* not before: no page elsewhere may use up the rate of its visitor */
	refuse_origin(exchange);
	return false;
}

static bool in_trap(const struct form *form, const struct submission *submission)
{
	for (size_t i = 0; i < form->fields_n; i++) {
		size_t from = 0;
		const struct span *value;
		if (form->fields[i].type == FIELD_TRAP)
			while ((value = submission_next(submission, form->fields[i].name, &from)))
				if (value->length)
					return true;
	}
	return false;
}

/* Joins all values into one text. The separator is not a space, so that no phrase is found across two values. */
static struct span join_values(const struct exchange *exchange, const struct submission *submission)
{
	struct text all = {.arena = exchange->arena};
	for (size_t i = 0; i < submission->n; i++) {
		if (submission_is_control(submission->pairs[i].name))
			continue;
		text_add(&all, submission->pairs[i].value.bytes, submission->pairs[i].value.length);
		text_put(&all, "\x1e");
	}
	return (struct span){text_string(&all), all.length};
}

/* A token from the future shows that the clock was set back; it says nothing about the visitor. */
static bool is_fast(time_t drawn, time_t now, uint64_t fastest)
{
	return drawn && drawn <= now && now < drawn + (time_t)fastest;
}

const char *guard_suspect(const struct exchange *exchange, const struct submission *submission, time_t drawn)
{
	const struct form *form = exchange->form;
	if (in_trap(form, submission))
		return "trap";
	if (form->fastest && is_fast(drawn, time(NULL), form->fastest))
		return "fast";
	if (form->blocked && pattern_holds_word(form->blocked, join_values(exchange, submission)))
		return "blocked";
	if (form->fastest && !drawn && form->fields_n && !form->page)
		return "no token"; /* else a robot would only have to leave it out */
	return NULL;
}
