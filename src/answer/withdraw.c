/* Withdrawing; see withdraw.h. Whoever has the URI of an outcome may: it can't be guessed. */
#include "answer/withdraw.h"

#include "answer/guard.h"
#include "answer/outcome.h"
#include "answer/page.h"
#include "base/span.h"
#include "base/text.h"
#include "body/body.h"
#include "http/media.h"
#include "keep/erase.h"
#include "task/job.h"

bool withdraw_allowed(const struct exchange *exchange, time_t received)
{
	uint64_t seconds = exchange->form->withdraw;
	return exchange_by_owner(exchange) || (seconds && time(NULL) < received + (time_t)seconds);
}

bool withdraw_means_delete(struct exchange *exchange)
{
	static const char type[] = "application/x-www-form-urlencoded";
	const struct form asked = {.name = "", .limits = {.body = 1024, .fields = 10, .name = 100, .value = 100}};
	struct submission submission = {.arena = exchange->arena};
	enum message message;
	if (exchange_by_owner(exchange) && !guard_from_own_page(exchange)) {
		page_problem(exchange, 403, MESSAGE_ORIGIN_REFUSED); /* their browser says who they are, whatever page had them post */
		return false;
	}
	if (!media_is(request_variable(exchange->request, "CONTENT_TYPE"), type)) {
		response_header(exchange->response, "Accept", "%s", type);
		page_problem(exchange, 415, MESSAGE_BODY_OTHER_TYPE);
		return false;
	}
	enum body_fault fault = body_read(exchange->request, &asked, &submission, NULL);
	int status = body_fault_status(fault, &message);
	if (fault == BODY_ENCODED) /* RFC 9110 §15.5.16 */
		response_header(exchange->response, "Accept-Encoding", "identity");
	if (fault)
		page_problem(exchange, status, message);
	else if (!span_same(submission_value(&submission, SUBMISSION_METHOD), span_of("delete")))
		page_problem(exchange, 422, MESSAGE_METHOD_UNKNOWN_HERE);
	else
		return true;
	return false;
}

/* What tasks made goes before the line, as uploads do, and once more after it: a worker may have found the line till then. */
static void erase(struct exchange *exchange, const json_t *record)
{
	const char *data = exchange->config->data, *form = exchange->form->name;
	job_remove_all(data, form, exchange->id);
	if (erase_files(data, form, record) < 0 || store_erase(exchange->store, exchange->form, exchange->id, exchange->arena) < 0) {
		page_unavailable(exchange, MESSAGE_NOT_ERASED);
		return;
	}
	job_remove_all(data, form, exchange->id);
	page_see_other(exchange, text_printed(exchange->arena, "%s/%s", exchange->request->root, form));
}

void withdraw_answer(struct exchange *exchange)
{
	time_t received;
	if (exchange->request->method == METHOD_POST && !withdraw_means_delete(exchange))
		return;
	json_t *record = outcome_record(exchange, &received);
	if (!record)
		return;
	if (withdraw_allowed(exchange, received))
		erase(exchange, record);
	else
		page_problem(exchange, 403, MESSAGE_NO_WITHDRAWING);
	json_decref(record);
}
