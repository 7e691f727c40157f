/* Withdrawing. Whoever has the URI of an outcome may withdraw it, because the URI can't be guessed. */
#include "answer/withdraw.h"

#include "answer/outcome_record.h"
#include "answer/override.h"
#include "answer/page.h"
#include "base/escape.h"
#include "base/text.h"
#include "task/erasure.h"

static void erase_outcome(struct exchange *exchange, const json_t *record)
{
	const struct secret *secret = store_secret(exchange->store, false);
	if (secret && erasure_run(exchange->config, exchange->form, secret, exchange->id, record) == 0)
		page_see_other(exchange, exchange_outcome_uri(exchange));
	else
		page_unavailable(exchange, MESSAGE_NOT_ERASED);
}

void withdraw_page_answer(struct exchange *exchange)
{
	time_t received;
	json_t *record = outcome_record(exchange, &received);
	if (!record)
		return;
	json_decref(record);
	if (!outcome_record_withdrawable(exchange, received)) {
		page_problem(exchange, 403, MESSAGE_NO_WITHDRAWING);
		return;
	}
	const char *id = arena_copy(exchange->arena, exchange->id.bytes, exchange->id.length),
		   *title = exchange_say(exchange, MESSAGE_WITHDRAW_TITLE);
	struct text *out = &exchange->response->body;
	response_header(exchange->response, "Cache-Control", "no-store"); /* an owner's token is in it */
	response_header(exchange->response, "Referrer-Policy", "same-origin");
	response_header(exchange->response, "X-Robots-Tag", "noindex");
	page_begin(exchange, title, title);
	escape_markup(out, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_WITHDRAW_ASK));
	override_draw(exchange, id, MESSAGE_WITHDRAW_NOW);
	escape_markup(out, "<p><a href=\"%s\">%s</a></p>\n", id, exchange_say(exchange, MESSAGE_WITHDRAW_NOT));
	page_end(exchange);
}

void withdraw_answer(struct exchange *exchange)
{
	time_t received;
	if (!override_require_delete(exchange))
		return;
	json_t *record = outcome_record(exchange, &received);
	if (!record)
		return;
	if (outcome_record_withdrawable(exchange, received))
		erase_outcome(exchange, record);
	else
		page_problem(exchange, 403, MESSAGE_NO_WITHDRAWING);
	json_decref(record);
}
