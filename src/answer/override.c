/* Method override; the body of such a post is tiny, so it is read within limits of its own. */
#include "answer/override.h"

#include "answer/guard.h"
#include "answer/page.h"
#include "base/span.h"
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

bool override_require_delete(struct exchange *exchange)
{
	struct submission submission = {.arena = exchange->arena};
	if (exchange->request->method != METHOD_POST)
		return true;
	if (exchange_by_owner(exchange) && !guard_from_own_page(exchange)) {
		page_problem(exchange, 403, MESSAGE_ORIGIN_REFUSED); /* an owner's browser logs in by itself, whichever page posts */
		return false;
	}
	if (!media_is(request_variable(exchange->request, "CONTENT_TYPE"), posted_type)) {
		response_header(exchange->response, "Accept", "%s", posted_type);
		page_problem(exchange, 415, MESSAGE_BODY_OTHER_TYPE);
		return false;
	}
	if (!read_body(exchange, &submission))
		return false;
	if (span_same(submission_value(&submission, SUBMISSION_METHOD), span_of("delete")))
		return true;
	page_problem(exchange, 422, MESSAGE_METHOD_UNKNOWN_HERE);
	return false;
}
