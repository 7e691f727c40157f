/*
 * Changes. A browser logs in for whichever page posts, so a change must come from a page of the program's own (Sec-Fetch-Site, or
 * Origin) and carry the token that was drawn into it for this user and form.
 */
#include "desk/desk_change.h"

#include <stdlib.h>
#include <string.h>

#include "answer/guard.h"
#include "answer/page.h"
#include "base/escape.h"
#include "base/utf8.h"
#include "body/body.h"
#include "http/media.h"
#include "task/erasure.h"
#include "task/judgement.h"
#include "task/task_list.h"

enum { MANY = 500 }; /* outcomes of one change, each of which may cost a flush; a page shows 50 */

static const char posted_type[] = "application/x-www-form-urlencoded";

/* What a button asks for. */
enum change { CHANGE_MARK, CHANGE_RETRY, CHANGE_ERASE, CHANGE_ERASE_NOW, CHANGE_UNKNOWN };

/* A change as it was posted. */
struct asked {
	enum change change;
	struct mark_change mark;
	const struct marked *marked; /* the outcomes it is for */
	json_t **records;            /* and their records, to be let go */
	size_t n;
	bool *released; /* of each outcome: its tasks were run after an owner's word */
};

/* An outcome whose box was ticked. */
struct ticked {
	struct span id;
	uint16_t day;
};

/* --- reading what was asked for ------------------------------------------------------------------------------------ */

static bool read_post(struct visit *visit, struct submission *submission)
{
	const struct form limits = {.name = "", .limits = {.body = 1024 * 1024, .fields = MANY + 2, .name = 100, .value = MARKS_NOTE_MAX}};
	struct exchange *exchange = visit->exchange;
	enum message message;
	if (!guard_from_own_page(exchange)) {
		page_problem(exchange, 403, MESSAGE_OWNER_ORIGIN);
		return false;
	}
	if (!media_is(request_variable(exchange->request, "CONTENT_TYPE"), posted_type)) {
		response_header(exchange->response, "Accept", "%s", posted_type);
		page_problem(exchange, 415, MESSAGE_BODY_OTHER_TYPE);
		return false;
	}
	enum body_fault fault = body_read(exchange->request, &limits, submission, NULL);
	if (fault == BODY_TOO_MANY_FIELDS || fault == BODY_TOO_LARGE) {
		const char *most = text_printed(exchange->arena, "%d", MANY);
		page_problem_text(
			exchange, 413, message_fill(exchange->catalogue, MESSAGE_DESK_TOO_MANY, exchange->arena, "n", most, NULL));
		return false;
	}
	if (fault) {
		int status = body_fault_status(fault, &message);
		page_problem(exchange, status, message);
		return false;
	}
	if (!visit->secret) {
		page_unavailable(exchange, MESSAGE_DESK_NOT_CHANGED);
		return false;
	}
	if (visit_token_valid(visit, submission_value(submission, SUBMISSION_TOKEN)))
		return true;
	page_problem(exchange, 403, MESSAGE_OWNER_ORIGIN);
	return false;
}

/* Finds out what a button's value asks for. */
static void read_button(struct asked *asked, const struct submission *submission, struct arena *arena)
{
	static const bool yes = true, no = false;
	static const enum mark_spam spam = MARK_SPAM, ham = MARK_HAM;
	static const struct {
		const char *name;
		enum change change;
		struct mark_change mark;
	} buttons[] = {
		{"read", CHANGE_MARK, {.read = &yes}},
		{"unread", CHANGE_MARK, {.read = &no}},
		{"star", CHANGE_MARK, {.star = &yes}},
		{"unstar", CHANGE_MARK, {.star = &no}},
		{"spam", CHANGE_MARK, {.spam = &spam}},
		{"ham", CHANGE_MARK, {.spam = &ham}},
		{"note", CHANGE_MARK, {.note = ""}},
		{"retry", CHANGE_RETRY, {0}},
		{"erase", CHANGE_ERASE, {0}},
		{"erase-now", CHANGE_ERASE_NOW, {0}},
	};
	struct span act = submission_value(submission, "act"), note = submission_value(submission, "note");
	asked->change = CHANGE_UNKNOWN;
	for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
		if (span_is(act, buttons[i].name)) {
			asked->change = buttons[i].change;
			asked->mark = buttons[i].mark;
		}
	if (asked->mark.note) {
		struct text text = {.arena = arena};
		utf8_repair(&text, note.bytes, memchr(note.bytes, '\0', note.length) ? 0 : note.length);
		asked->mark.note = text_string(&text);
	}
}

/* Puts ids of one day together, since their marks are. */
static int compare_ids(const void *a, const void *b)
{
	const struct span *one = &((const struct ticked *)a)->id, *other = &((const struct ticked *)b)->id;
	uint16_t day = ((const struct ticked *)a)->day, other_day = ((const struct ticked *)b)->day;
	if (day != other_day)
		return day < other_day ? -1 : 1;
	if (one->length != other->length)
		return one->length < other->length ? -1 : 1;
	return memcmp(one->bytes, other->bytes, one->length);
}

/* Sorts the ids and leaves each of them once, so that one posted many times costs no more than one; gives how many are left. */
static size_t leave_each_once(const struct visit *visit, struct ticked *ids, size_t n)
{
	struct place place;
	size_t left = 0;
	for (size_t i = 0; i < n; i++)
		ids[i].day = visit->secret && id_read(ids[i].id, visit->secret, &place) ? place.day : 0;
	qsort(ids, n, sizeof *ids, compare_ids);
	for (size_t i = 0; i < n; i++)
		if (!left || compare_ids(&ids[i], &ids[left - 1]) != 0)
			ids[left++] = ids[i];
	return left;
}

/*
 * Reads the outcomes with these ids; those that are gone meanwhile are left out, and their erasure is finished if it was cut short.
 * False if something can't be read.
 */
static bool read_outcomes(struct visit *visit, struct asked *asked, const struct ticked *ids, size_t n)
{
	static const struct filter any;
	struct exchange *exchange = visit->exchange;
	struct marked *marked = arena_take(exchange->arena, (n + 1) * sizeof *marked);
	asked->records = arena_take(exchange->arena, (n + 1) * sizeof *asked->records);
	asked->released = arena_take(exchange->arena, (n + 1) * sizeof *asked->released);
	asked->marked = marked;
	bool failed = false;
	struct selection *selection = selection_open(exchange->config, exchange->form, visit->secret, &any, visit->now);
	for (size_t i = 0; i < n; i++) {
		struct selected selected;
		enum selection_found found = selection_find(selection, ids[i].id, exchange->arena, &selected);
		failed |= found == SELECTION_FAILED;
		if (found == SELECTION_END && asked->change == CHANGE_ERASE_NOW)
			failed |= erasure_finish(exchange->config, exchange->form, visit->secret, ids[i].id) < 0;
		if (found != SELECTION_FOUND)
			continue;
		asked->records[asked->n] = (json_t *)(uintptr_t)selected.record;
		asked->released[asked->n] = selected.mark.released;
		marked[asked->n++] =
			(struct marked){{arena_copy(exchange->arena, selected.id, ID_LENGTH), ID_LENGTH}, selected.posted_suspect};
	}
	selection_close(selection);
	return !failed;
}

static void free_records(struct asked *asked)
{
	for (size_t i = 0; i < asked->n; i++)
		json_decref(asked->records[i]);
}

/* --- changing ------------------------------------------------------------------------------------------------------ */

static int set_judgements(const struct visit *visit, const struct asked *asked)
{
	const struct exchange *exchange = visit->exchange;
	int set = 0;
	for (size_t i = 0; i < asked->n && set >= 0; i++) {
		set = judgement_set(exchange->config, exchange->form, visit->secret, &asked->marked[i], asked->released[i],
			*asked->mark.spam == MARK_SPAM, visit->user, visit->now);
		visit->exchange->has_work |= set > 0;
	}
	return set < 0 ? -1 : 0;
}

static int set_marks(const struct visit *visit, const struct asked *asked)
{
	const struct exchange *exchange = visit->exchange;
	if (asked->mark.spam)
		return set_judgements(visit, asked);
	return marks_set(exchange->config, exchange->form, visit->secret, asked->marked, asked->n, &asked->mark, visit->user, visit->now);
}

static int retry_tasks(const struct visit *visit, const struct asked *asked)
{
	const struct exchange *exchange = visit->exchange;
	const struct task *task;
	int failed = 0;
	for (size_t i = 0; i < asked->n; i++) {
		const char *id = arena_copy(exchange->arena, asked->marked[i].id.bytes, ID_LENGTH);
		for (size_t k = 0; (task = config_form_task(exchange->config, exchange->form, k)); k++)
			failed |= task_list_retry(exchange->config, exchange->form, task, id) < 0;
	}
	visit->exchange->has_work = true;
	return failed;
}

static int erase_outcomes(const struct visit *visit, const struct asked *asked)
{
	const struct exchange *exchange = visit->exchange;
	int failed = 0;
	for (size_t i = 0; i < asked->n; i++)
		failed |= erasure_run(exchange->config, exchange->form, visit->secret, asked->marked[i].id, asked->records[i]);
	return failed;
}

/* What a page asks, and what its button does. */
struct question {
	const char *question, *detail, *act, *yes, *no;
};

/* Draws a page that asks a question; its button posts the ids. */
static void put_question(const struct visit *visit, const struct asked *asked, const struct question *ask, const char *back)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	const char *token = visit_token(visit);
	visit_page_begin(visit, ask->question, ask->question);
	escape_markup(out, "<p>%s</p>\n<form method=\"post\" action=\"%s\">\n<input type=\"hidden\" name=\"%s\" value=\"%s\">\n",
		ask->detail, back, SUBMISSION_TOKEN, token ? token : "");
	for (size_t i = 0; i < asked->n; i++)
		escape_markup(out, "<input type=\"hidden\" name=\"id\" value=\"%s\">\n",
			arena_copy(exchange->arena, asked->marked[i].id.bytes, ID_LENGTH));
	escape_markup(out,
		"<div class=\"actions\">\n<button class=\"bad\" type=\"submit\" name=\"act\" value=\"%s\">%s</button>\n<a href=\"%s\">%s</a>\n</div>\n</form>\n",
		ask->act, ask->yes, back, ask->no);
	page_end(exchange);
}

static void ask_to_erase(const struct visit *visit, const struct asked *asked, const char *back)
{
	struct exchange *exchange = visit->exchange;
	const char *n = text_printed(exchange->arena, "%zu", asked->n);
	put_question(visit, asked,
		&(struct question){message_fill(exchange->catalogue, MESSAGE_DESK_ERASE_ASK, exchange->arena, "n", n, NULL),
			exchange_say(exchange, MESSAGE_DESK_ERASE_ALL), "erase-now", exchange_say(exchange, MESSAGE_WITHDRAW_NOW),
			exchange_say(exchange, MESSAGE_WITHDRAW_NOT)},
		back);
}

/* Asks whether an outcome is spam, or whether one that is taken for spam is not. */
static void ask_whether_spam(const struct visit *visit, const struct asked *asked, const struct selected *selected, const char *back)
{
	struct exchange *exchange = visit->exchange;
	const char *date = message_date(exchange->catalogue, selected->received, exchange->arena);
	put_question(visit, asked,
		&(struct question){exchange_say(exchange, MESSAGE_MAIL_ASK_SPAM),
			text_printed(exchange->arena, "%s, %s", exchange->form->title, date), selected->suspect ? "ham" : "spam",
			exchange_say(exchange, selected->suspect ? MESSAGE_DESK_IS_HAM : MESSAGE_DESK_IS_SPAM),
			exchange_say(exchange, MESSAGE_MAIL_SEE_FIRST)},
		back);
}

bool desk_change_ask(const struct visit *visit, const struct selected *selected)
{
	const struct marked marked = {span_of(selected->id), selected->posted_suspect};
	const struct asked asked = {.marked = &marked, .n = 1};
	const char *back = visit_outcome_uri(visit, selected->id);
	if (strcmp(visit->ask, "erase") == 0)
		ask_to_erase(visit, &asked, back);
	else if (strcmp(visit->ask, "spam") == 0)
		ask_whether_spam(visit, &asked, selected, back);
	else
		return false;
	return true;
}

/* Does what was asked for, and answers: back is where the owner was, after where an erased outcome leads. */
static void change(struct visit *visit, struct asked *asked, const char *back, const char *after)
{
	struct exchange *exchange = visit->exchange;
	int failed = 0;
	switch (asked->n ? asked->change : asked->change == CHANGE_UNKNOWN ? CHANGE_UNKNOWN : CHANGE_RETRY) {
	case CHANGE_MARK: failed = set_marks(visit, asked); break;
	case CHANGE_RETRY: failed = asked->n ? retry_tasks(visit, asked) : 0; break;
	case CHANGE_ERASE: ask_to_erase(visit, asked, back); return;
	case CHANGE_ERASE_NOW:
		failed = erase_outcomes(visit, asked);
		back = after;
		break;
	case CHANGE_UNKNOWN: page_problem(exchange, 422, MESSAGE_METHOD_UNKNOWN_HERE); return;
	}
	if (failed)
		page_unavailable(exchange, MESSAGE_DESK_NOT_CHANGED);
	else
		page_see_other(exchange, back);
}

void desk_change_many(struct visit *visit)
{
	struct submission submission = {.arena = visit->exchange->arena};
	struct asked asked = {.n = 0};
	const char *back = visit_list_uri(visit, visit->before);
	if (!read_post(visit, &submission))
		return;
	struct ticked *ids = arena_take(visit->exchange->arena, (submission.n + 1) * sizeof *ids);
	const struct span *value;
	size_t n = 0, from = 0;
	while ((value = submission_next(&submission, "id", &from)))
		ids[n++].id = *value;
	read_button(&asked, &submission, visit->exchange->arena);
	if (read_outcomes(visit, &asked, ids, leave_each_once(visit, ids, n)))
		change(visit, &asked, back, back);
	else
		page_unavailable(visit->exchange, MESSAGE_DESK_NOT_CHANGED);
	free_records(&asked);
}

void desk_change_one(struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	struct submission submission = {.arena = exchange->arena};
	struct asked asked = {.n = 0};
	if (!read_post(visit, &submission))
		return;
	read_button(&asked, &submission, exchange->arena);
	if (!read_outcomes(visit, &asked, &(struct ticked){.id = exchange->id}, 1))
		page_unavailable(exchange, MESSAGE_DESK_NOT_CHANGED);
	else if (asked.n)
		change(visit, &asked, visit_outcome_uri(visit, arena_copy(exchange->arena, exchange->id.bytes, exchange->id.length)),
			visit_list_uri(visit, ""));
	else
		page_problem(exchange, 404, MESSAGE_NO_OUTCOME);
	free_records(&asked);
}
