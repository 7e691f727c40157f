/*
 * A post from top to bottom: may it come in, read the body, find its key, validate the fields, keep the line, and only then answer
 * 303. Everything that can fail without the disk comes before the line is written, so that whatever is kept is also acknowledged.
 */
#include "answer/post.h"

#include <string.h>

#include "answer/form_page.h"
#include "answer/guard.h"
#include "answer/next.h"
#include "answer/once.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "body/body.h"
#include "body/validate.h"
#include "http/media.h"
#include "keep/record_write.h"
#include "keep/space.h"
#include "keep/upload.h"
#include "task/cursor.h"
#include "task/worker_lock.h"

enum { RETRY_SECONDS = 2 };

/* A post under way. */
struct post {
	struct exchange *exchange;
	struct submission submission;
	struct upload upload;
	struct once once;
	struct timespec at; /* the time of every step: a token that is valid now must also find its line now */
};

/* Answers 503: the fault is the server's, not the visitor's (RFC 9110 §15.6.4). */
static void refuse_keeping(struct exchange *exchange)
{
	page_unavailable(exchange, MESSAGE_NOT_KEPT);
}

/* Gives when the form of a post was first drawn. A form on the site's own page has no token, and its visitor has had time to read it. */
static time_t first_drawn(const struct post *post)
{
	return post->once.drawn || !post->exchange->form->page ? post->once.drawn : post->at.tv_sec - (time_t)post->exchange->form->fastest;
}

/* Answers 422 (RFC 9110 §15.5.21): the form again with what was typed, and either the faults or the reason why it was not taken. */
static void show_again(struct post *post, struct form_page *page)
{
	struct exchange *exchange = post->exchange;
	if (page->faults_n && exchange->form->error && !page_wants_json(exchange)) {
		response_vary(exchange->response, "Accept");
		page_see_other(exchange, next_of_faults(exchange, page->faults, page->faults_n));
		return;
	}
	if (!exchange->form->fields_n) {
		page_problem(exchange, 422, page->notice);
		return;
	}
	page->posted = &post->submission;
	bool draws = !page_wants_json(exchange);
	page->token = post->once.token || !draws ? post->once.token : once_token(exchange, first_drawn(post));
	if (!page->token && draws)
		refuse_keeping(exchange);
	else if (!page_problem_fields(exchange, 422, page->faults_n ? MESSAGE_FIELDS_WRONG : page->notice, page->faults, page->faults_n))
		form_page_draw(exchange, page);
}

static void refuse_key(struct exchange *exchange, int status, const char *problem, enum message detail)
{
	exchange->problem = problem;
	page_problem(exchange, status, detail);
}

/* Answers a key that came before with other content. A drawn form comes back with a fresh token, so that the new content can be sent. */
static void show_earlier(struct post *post, const char *id)
{
	struct exchange *exchange = post->exchange;
	if (!post->once.by_token) {
		refuse_key(exchange, 422, "key-taken", MESSAGE_KEY_TAKEN);
		return;
	}
	post->once.token = NULL;
	show_again(post, &(struct form_page){.notice = MESSAGE_SENT_ALREADY, .earlier = id});
}

/* Answers 202 with the address of the status: as JSON for clients that prefer it, else as a page. */
static void answer_accepted(struct exchange *exchange, const char *id)
{
	struct response *response = exchange->response;
	const char *outcome = text_printed(exchange->arena, "%s/%s/%s", exchange->request->root, exchange->form->name, id);
	const char *status = text_printed(exchange->arena, "%s/status", outcome), *said = exchange_say(exchange, MESSAGE_ACCEPTED);
	response_header(response, "Preference-Applied", "respond-async");
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Link", "<%s>; rel=\"status\"", status);
	response_header(response, "Retry-After", "%d", RETRY_SECONDS);
	response_vary(response, "Accept");
	response->status = 202;
	response->location = status;
	if (page_wants_json(exchange)) {
		json_t *json = json_made(json_pack("{ss s{ss ss}}", "status", "queued", "links", "status", status, "outcome", outcome));
		response->type = "application/json";
		json_write(&response->body, json, JSON_INDENT(2));
		text_put(&response->body, "\n");
		json_decref(json);
		return;
	}
	page_begin(exchange, said, exchange->form->title);
	escape_markup(
		&response->body, "<p>%s</p>\n<p><a href=\"%s\">%s</a></p>\n", said, status, exchange_say(exchange, MESSAGE_WORK_STATUS));
	page_end(exchange);
}

/* Redirects the visitor. A client that prefers not to wait for a result gets 202 and its status (RFC 7240 §4.1). */
static void answer_kept(struct post *post, const char *id)
{
	struct exchange *exchange = post->exchange;
	const char *prefer = request_variable(exchange->request, "HTTP_PREFER");
	if (exchange->form->result && prefer && media_lists(prefer, "respond-async")) {
		answer_accepted(exchange, id);
		return;
	}
	if (exchange->form->next || exchange->form->next_allow)
		response_vary(exchange->response, "Accept");
	page_see_other(exchange, next_of_outcome(exchange, &post->submission, id));
}

/* Tells whether a worker should run, now that a line is kept. */
static bool wants_worker(struct exchange *exchange, enum store_kept kept, bool has_task)
{
	if (kept != STORE_KEPT && kept != STORE_KEPT_BEFORE)
		return kept == STORE_UNDECIDED;
	return has_task || (exchange->form->keep && worker_lock_due(exchange->config)) ||
		store_wants_worker(exchange->store, exchange->form);
}

/* Appends the line to the log and answers. */
static enum store_kept keep_line(struct post *post)
{
	struct exchange *exchange = post->exchange;
	char id[ID_LENGTH + 1], key[KEY_TEXT + 1];
	struct receipt receipt = {
		.at = post->at,
		.address = exchange->client,
		.agent = request_variable(exchange->request, "HTTP_USER_AGENT"),
		.suspect = guard_suspect(exchange, &post->submission, post->once.drawn),
	};
	if (post->once.keyed) {
		key_write(&post->once.key, key);
		receipt.key = key;
	}
	struct text line = record_write(exchange->arena, exchange->form, &post->submission, &receipt);
	if (cursor_begin(exchange->config, exchange->form, receipt.at.tv_sec) < 0) {
		refuse_keeping(exchange);
		return STORE_FAILED;
	}
	enum store_kept kept =
		store_keep(exchange->store, exchange->form, &line, receipt.at.tv_sec, post->once.keyed ? &post->once.key : NULL, id);
	switch (kept) {
	case STORE_KEPT:
	case STORE_KEPT_BEFORE: answer_kept(post, id); break;
	case STORE_KEPT_OTHER: show_earlier(post, id); break;
	case STORE_FAILED:
	case STORE_UNDECIDED: refuse_keeping(exchange); break;
	}
	bool has_task = config_form_has_task(exchange->config, exchange->form, receipt.suspect != NULL);
	exchange->has_work = wants_worker(exchange, kept, has_task);
	return kept;
}

/* Finds the key of the post; answers and gives false if the post can't be taken with what it says. */
static bool find_once(struct post *post)
{
	switch (once_read(post->exchange, &post->submission, post->at.tv_sec, &post->once)) {
	case ONCE_FINE: return true;
	case ONCE_TOO_OLD: show_again(post, &(struct form_page){.notice = MESSAGE_OPEN_TOO_LONG}); break;
	case ONCE_NO_KEY: refuse_key(post->exchange, 400, "key-missing", MESSAGE_KEY_MISSING); break;
	case ONCE_BAD_KEY: refuse_key(post->exchange, 400, "key-invalid", MESSAGE_KEY_BAD); break;
	case ONCE_FAILED: refuse_keeping(post->exchange); break;
	}
	return false;
}

/* Validates the fields; answers and gives false if any is at fault. */
static bool validate_fields(struct post *post)
{
	const struct form *form = post->exchange->form;
	struct page_fault *faults = arena_take(post->exchange->arena, (form->fields_n + 1) * sizeof *faults);
	struct form_page page = {.faults = faults};
	for (size_t i = 0; i < form->fields_n; i++) {
		const char *message = validate_field(&form->fields[i], &post->submission, post->exchange->catalogue);
		if (message)
			faults[page.faults_n++] = (struct page_fault){form->fields[i].name, message};
	}
	if (page.faults_n)
		show_again(post, &page);
	return !page.faults_n;
}

/* Validates and keeps what was read, and answers. A line that is kept, or undecided, names the uploads. */
static enum store_kept take_submission(struct post *post)
{
	clock_gettime(CLOCK_REALTIME, &post->at);
	if (!find_once(post) || !validate_fields(post))
		return STORE_FAILED;
	struct exchange *exchange = post->exchange;
	if (!space_take(exchange->config, exchange->form, exchange->request->taken)) {
		refuse_keeping(exchange);
		return STORE_FAILED;
	}
	enum store_kept kept = STORE_FAILED;
	if (upload_confirm(&post->upload) < 0)
		refuse_keeping(exchange);
	else
		kept = keep_line(post);
	if (kept != STORE_KEPT && kept != STORE_UNDECIDED)
		space_give_back(exchange->config, exchange->form, exchange->request->taken);
	return kept;
}

static void refuse_body(struct exchange *exchange, enum body_fault fault)
{
	enum message message;
	int status = body_fault_status(fault, &message);
	if (status == 503) {
		page_unavailable(exchange, message);
		return;
	}
	if (fault == BODY_ENCODED) /* RFC 9110 §15.5.16 */
		response_header(exchange->response, "Accept-Encoding", "identity");
	if (fault == BODY_OTHER_TYPE)
		response_header(exchange->response, "Accept", "%s", body_types(exchange->arena));
	page_problem(exchange, status, message);
}

/* Gives the length that the request announces for its body; one that can't be read, or that the form does not take, is refused later. */
static uint64_t announced_length(const struct exchange *exchange)
{
	const char *digits = request_variable(exchange->request, "CONTENT_LENGTH");
	uint64_t length, most = exchange->form->limits.body + body_room_for_files(exchange->form);
	return digits && number_read(digits, INT64_MAX, &length) && length <= most ? length : 0;
}

static void take_post(struct exchange *exchange)
{
	struct post post = {.exchange = exchange, .submission = {.arena = exchange->arena}};
	upload_begin(&post.upload, exchange->config, exchange->form, &post.submission, time(NULL));
	struct file_sink sink = upload_sink(&post.upload);
	enum body_fault fault = body_read(exchange->request, exchange->form, &post.submission, &sink);
	bool admitted = guard_admit_submission(exchange, &post.submission);
	if (admitted && fault)
		refuse_body(exchange, fault);
	enum store_kept kept = admitted && !fault ? take_submission(&post) : STORE_FAILED;
	if (kept == STORE_KEPT)
		upload_settle(&post.upload);
	else if (kept != STORE_UNDECIDED) /* else they stay where they are, until it is decided */
		upload_drop(&post.upload);
}

void post_answer(struct exchange *exchange)
{
	if (!guard_admit(exchange))
		return;
	if (space_allows(exchange->config, exchange->form, announced_length(exchange)))
		take_post(exchange);
	else
		refuse_keeping(exchange);
}
