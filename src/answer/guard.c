/* Guards; see guard.h. A suspicion is only noted: what looks like spam is kept like everything else, and its sender can't tell. */
#include "answer/guard.h"

#include <string.h>

#include "answer/page.h"
#include "base/diag.h"
#include "base/span.h"
#include "base/text.h"
#include "config/pattern.h"
#include "http/origin.h"

/* Writes the origin of a URL as it is compared, in the arena; NULL where it is none of http or https. */
static const char *origin_of(const struct exchange *exchange, const char *url)
{
	struct origin origin;
	const char *rest;
	struct text written = {.arena = exchange->arena};
	if (!origin_read(url, &origin, &rest))
		return NULL;
	origin_write(&written, &origin);
	return written.bytes;
}

/* Tells whether pages of an origin may post to the form. */
static bool is_listed(const struct exchange *exchange, const char *origin)
{
	const struct words *origins = &exchange->form->origins;
	for (size_t i = 0; i < origins->n; i++)
		if (strcmp(origins->words[i], "*") == 0 || (origin && strcmp(origins->words[i], origin) == 0))
			return true;
	return false;
}

void guard_share(struct exchange *exchange)
{
	struct response *response = exchange->response;
	const char *header = request_variable(exchange->request, "HTTP_ORIGIN");
	if (!exchange->form->origins.n)
		return;
	response_vary(response, "Origin");
	const char *origin = header ? origin_of(exchange, header) : NULL;
	if (!origin || !is_listed(exchange, origin))
		return;
	response_header(response, "Access-Control-Allow-Origin", "%s", origin);
	if (exchange->request->method != METHOD_OPTIONS) {
		response_header(response, "Access-Control-Expose-Headers", "Location, Retry-After");
	} else if (request_variable(exchange->request, "HTTP_ACCESS_CONTROL_REQUEST_METHOD")) {
		response_header(response, "Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE");
		response_header(response, "Access-Control-Allow-Headers", "Content-Type, Idempotency-Key, Prefer");
		response_header(response, "Access-Control-Max-Age", "600");
	}
}

/* Origin says where a post comes from (RFC 6454 §7.3), Referer where there is none; the program's own pages may always post. */
static bool admit_origin(struct exchange *exchange)
{
	const char *header = request_variable(exchange->request, "HTTP_ORIGIN");
	if (!exchange->form->origins.n)
		return true;
	if (!header)
		header = request_variable(exchange->request, "HTTP_REFERER");
	const char *origin = header ? origin_of(exchange, header) : NULL;
	if (is_listed(exchange, origin) || (origin && strcmp(origin, origin_of(exchange, exchange->request->root)) == 0))
		return true;
	page_problem(exchange, 403, header ? MESSAGE_ORIGIN_REFUSED : MESSAGE_ORIGIN_UNKNOWN);
	return false;
}

bool guard_from_own_page(const struct exchange *exchange)
{
	const char *site = request_variable(exchange->request, "HTTP_SEC_FETCH_SITE");
	const char *header = request_variable(exchange->request, "HTTP_ORIGIN");
	if (site)
		return strcmp(site, "same-origin") == 0;
	if (!header || strcmp(header, "null") == 0)
		return true;
	const char *origin = origin_of(exchange, header);
	return origin && strcmp(origin, origin_of(exchange, exchange->request->root)) == 0;
}

static bool admit_rate(struct exchange *exchange)
{
	enum { MINUTE = 60, TWO_MINUTES = 2 * MINUTE };
	if (!exchange->form->rate.count)
		return true;
	if (!exchange->client)
		diag_error("the web server names no REMOTE_ADDR, so the rate of \"%s\" is one for all clients", exchange->form->name);
	uint64_t wait = store_count(exchange->store, exchange->form, exchange->client ? exchange->client : "");
	if (!wait)
		return true;
	bool seconds = wait <= TWO_MINUTES;
	const char *n = text_printed(exchange->arena, "%ju", (uintmax_t)(seconds ? wait : (wait + MINUTE - 1) / MINUTE));
	response_header(exchange->response, "Retry-After", "%ju", (uintmax_t)wait);
	page_problem_saying(exchange, 429,
		message_fill(exchange->catalogue, seconds ? MESSAGE_TOO_OFTEN_SECONDS : MESSAGE_TOO_OFTEN_MINUTES, exchange->arena, "n", n, NULL));
	return false;
}

bool guard_admit(struct exchange *exchange)
{
	return admit_origin(exchange) && admit_rate(exchange);
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

/* All that was typed, in one text; what parts the values is no space, so no phrase is found across two. */
static struct span all_values(const struct exchange *exchange, const struct submission *submission)
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

/* A form that is to be drawn yet shows that the clock went back, and tells nothing of the visitor. */
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
	if (form->blocked && pattern_holds_word(form->blocked, all_values(exchange, submission)))
		return "blocked";
	return NULL;
}
