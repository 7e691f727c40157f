/* Method override; the body of such a post is tiny, so it is read within limits of its own. */
#include "answer/override.h"

#include "answer/guard.h"
#include "answer/owner.h"
#include "answer/page.h"
#include "base/span.h"
#include "base/escape.h"
#include "base/text.h"
#include "body/body.h"
#include "http/media.h"

static const char posted_type[] = "application/x-www-form-urlencoded";

/* Reads the body; answers and gives false if it can't be read. */
static bool read_body(struct exchange *exchange, struct submission *submission)
{
	const struct form limits = {.name = "", .limits = {.body = 1024, .fields = 10, .name = 100, .value = 100}};
	enum message message;
	enum body_fault fault = body_read(exchange->request, &limits, submission, NULL);
	if (!fault)
		return true;
	int status = body_fault_status(fault, &message);
	if (fault == BODY_ENCODED) /* RFC 9110 §15.5.16 */
		response_header(exchange->response, "Accept-Encoding", "identity");
	page_problem(exchange, status, message);
	return false;
}

void override_draw(struct exchange *exchange, const char *action, enum message button)
{
	struct text *out = &exchange->response->body;
	const char *token = exchange_by_owner(exchange) ? owner_token(exchange) : NULL;
	escape_markup(out,
		"<form class=\"withdraw\" method=\"post\" action=\"%s\">\n<input type=\"hidden\" name=\"%s\" value=\"delete\">\n", action,
		SUBMISSION_METHOD);
	if (token)
		escape_markup(out, "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n", SUBMISSION_TOKEN, token);
	escape_markup(out, "<button type=\"submit\">%s</button>\n</form>\n", exchange_say(exchange, button));
}

bool override_require_delete(struct exchange *exchange)
{
	struct submission submission = {.arena = exchange->arena};
	bool owner = exchange_by_owner(exchange);
	if (owner && !guard_from_own_page(exchange)) {
		page_problem(exchange, 403, MESSAGE_OWNER_ORIGIN);
		return false;
	}
	if (exchange->request->method != METHOD_POST)
		return true; /* no page elsewhere can send it without being asked first (the Fetch standard, "CORS-preflight fetch") */
	if (!media_is(request_variable(exchange->request, "CONTENT_TYPE"), posted_type)) {
		response_header(exchange->response, "Accept", "%s", posted_type);
		page_problem(exchange, 415, MESSAGE_BODY_OTHER_TYPE);
		return false;
	}
	if (!read_body(exchange, &submission))
		return false;
	if (!span_same(submission_value(&submission, SUBMISSION_METHOD), span_of("delete"))) {
		page_problem(exchange, 422, MESSAGE_METHOD_UNKNOWN_HERE);
		return false;
	}
	if (!owner || owner_token_valid(exchange, submission_value(&submission, SUBMISSION_TOKEN)))
		return true;
	page_problem(exchange, 403, MESSAGE_OWNER_ORIGIN);
	return false;
}
