/* Finds the record of an outcome; answers where there is none. */
#include "answer/outcome_record.h"

#include "answer/page.h"
#include "base/date.h"
#include "base/diag.h"
#include "base/span.h"
#include "keep/record.h"

bool outcome_record_withdrawable(const struct exchange *exchange, time_t received)
{
	uint64_t seconds = exchange->form->withdraw;
	return exchange_by_owner(exchange) || (seconds && !store_has_passed(exchange->store, received, seconds, time(NULL)));
}

/*
 * Answers 410 for an erased outcome, after erasing what a power cut left of it. A repeated DELETE erases once more: the first one may
 * have had no answer because the disk was not done with it.
 */
static void answer_erased(struct exchange *exchange, struct span line)
{
	bool asked = exchange->request->method == METHOD_POST || exchange->request->method == METHOD_DELETE;
	if ((asked || !record_blank(line)) && store_erase(exchange->store, exchange->form, exchange->id, exchange->arena) < 0 && asked) {
		page_unavailable(exchange, MESSAGE_NOT_ERASED);
	} else {
		page_problem(exchange, 410, MESSAGE_WITHDRAWN);
	}
}

static json_t *read_record(struct exchange *exchange, struct span line, time_t *received)
{
	if (record_erased(line)) {
		answer_erased(exchange, line);
		return NULL;
	}
	json_t *record = record_read(line);
	if (record && date_stamp_read(json_string_value(json_object_get(record, "received")), received)) {
		if (!exchange->form->keep || !store_has_passed(exchange->store, *received, exchange->form->keep, time(NULL)))
			return record;
		page_problem(exchange, 410, MESSAGE_EXPIRED); /* a worker erases it with the rest of its day */
		json_decref(record);
		return NULL;
	}
	diag_error("the record of \"%s\" with the id %.*s can't be read", exchange->form->name, ID_LENGTH, exchange->id.bytes);
	page_problem(exchange, 500, MESSAGE_UNREADABLE);
	json_decref(record);
	return NULL;
}

json_t *outcome_record(struct exchange *exchange, time_t *received)
{
	struct span line;
	switch (store_find(exchange->store, exchange->form, exchange->id, exchange->arena, &line)) {
	case LOG_FOUND: return read_record(exchange, line, received);
	case LOG_ABSENT:
		if (store_is_archived(exchange->store, exchange->form, exchange->id))
			page_problem(exchange, 410, MESSAGE_ARCHIVED);
		else
			page_problem(exchange, 404, MESSAGE_NO_OUTCOME);
		break;
	case LOG_FAILED: page_unavailable(exchange, MESSAGE_NOT_TO_BE_HAD); break;
	}
	return NULL;
}
