/*
 * The story of a post: is it let in, read the body, which key is it, validate the fields, keep the line, and only then say 303. All
 * that can fail without the disk comes before the line is kept, so that what is kept is also answered.
 */
#include "answer/form.h"

#include <string.h>

#include "answer/form_page.h"
#include "answer/guard.h"
#include "answer/next.h"
#include "answer/once.h"
#include "base/escape.h"
#include "base/text.h"
#include "body/body.h"
#include "body/validate.h"
#include "http/media.h"
#include "keep/record_write.h"
#include "keep/upload.h"
#include "task/cursor.h"
#include "task/wake.h"

/* A post under way. */
struct post {
	struct exchange *exchange;
	struct submission submission;
	struct upload upload;
	struct once once;
	struct timespec at; /* the one moment for all that is asked of it: a token that holds now must find its line now */
};

/* The server's fault, never the visitor's (RFC 9110 §15.6.4). */
static void refuse_keeping(struct exchange *exchange)
{
	page_unavailable(exchange, exchange->request->method == METHOD_POST ? MESSAGE_NOT_KEPT : MESSAGE_TAKES_NOTHING);
}

static void show_form(struct exchange *exchange)
{
	const struct form *form = exchange->form;
	if (form->page) {
		page_see_other(exchange, next_absolute(exchange, form->page));
		return;
	}
	struct form_page page = {.token = form->fields_n ? once_token(exchange, false) : NULL};
	if (form->fields_n && !page.token) {
		refuse_keeping(exchange); /* better now than when it is filled in */
		return;
	}
	response_header(exchange->response, "Cache-Control", "private, no-cache");
	if (form->fields_n) {
		form_page_draw(exchange, &page);
		return;
	}
	page_begin(exchange, form->title, form->title);
	escape_markup(&exchange->response->body, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_TAKES_ANYTHING));
	page_end(exchange);
}

/* 422 (RFC 9110 §15.5.21): the form again, with what was typed and what is wrong with it, or why it was not taken. */
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
	page->token = post->once.token || page_wants_json(exchange) ? post->once.token : once_token(exchange, true);
	if (!page->token && !page_wants_json(exchange))
		refuse_keeping(exchange);
	else if (!page_problem_fields(exchange, 422, page->faults_n ? MESSAGE_FIELDS_WRONG : page->notice, page->faults, page->faults_n))
		form_page_draw(exchange, page);
}

/* The key came before, with other content: what is new can be sent with a fresh token. */
static void show_earlier(struct post *post, const char *id)
{
	struct exchange *exchange = post->exchange;
	if (!post->once.by_token) {
		page_problem(exchange, 422, MESSAGE_KEY_TAKEN);
		return;
	}
	post->once.token = NULL;
	show_again(post, &(struct form_page){.notice = MESSAGE_SENT_ALREADY, .earlier = id});
}

/* Sends the visitor on; a program that would rather not wait gets 202 where there is something to wait for (RFC 7240 §4.1). */
static void lead_on(struct post *post, const char *id)
{
	struct exchange *exchange = post->exchange;
	const char *prefer = request_variable(exchange->request, "HTTP_PREFER");
	if (exchange->form->result && prefer && media_lists(prefer, "respond-async")) {
		response_header(exchange->response, "Preference-Applied", "respond-async");
		page_see_other_and(exchange, 202, text_printed(exchange->arena, "%s/%s/%s/status", exchange->request->root,
			exchange->form->name, id), "");
		return;
	}
	page_see_other(exchange, next_of_outcome(exchange, &post->submission, id));
}

/* Keeps the line and answers; tells whether it is a new one. */
static bool keep(struct post *post)
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
		return false;
	}
	enum store_kept kept = store_keep(exchange->store, exchange->form, &line, receipt.at.tv_sec,
		post->once.keyed ? &post->once.key : NULL, id);
	switch (kept) {
	case STORE_KEPT:
	case STORE_KEPT_BEFORE: lead_on(post, id); break;
	case STORE_KEPT_OTHER: show_earlier(post, id); break;
	case STORE_FAILED: refuse_keeping(exchange); break;
	}
	bool has_task = !receipt.suspect && config_form_task(exchange->config, exchange->form, 0);
	exchange->has_work = (kept == STORE_KEPT || kept == STORE_KEPT_BEFORE) &&
		(has_task || (exchange->form->keep && wake_due(exchange->config)));
	return kept == STORE_KEPT;
}

/* Tells whether the post may be taken as what it says it is, and answers where not. */
static bool check_once(struct post *post)
{
	switch (once_read(post->exchange, &post->submission, post->at.tv_sec, &post->once)) {
	case ONCE_FINE: return true;
	case ONCE_TOO_OLD: show_again(post, &(struct form_page){.notice = MESSAGE_OPEN_TOO_LONG}); break;
	case ONCE_NO_KEY: page_problem(post->exchange, 400, MESSAGE_KEY_MISSING); break;
	case ONCE_BAD_KEY: page_problem(post->exchange, 400, MESSAGE_KEY_BAD); break;
	case ONCE_FAILED: refuse_keeping(post->exchange); break;
	}
	return false;
}

/* Tells whether the fields keep to their rules, and answers where not. */
static bool check_fields(struct post *post)
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

/* Judges and keeps what was read, and answers; tells whether there is a new line, which names the uploads. */
static bool answer_submission(struct post *post)
{
	clock_gettime(CLOCK_REALTIME, &post->at);
	if (!check_once(post) || !check_fields(post))
		return false;
	if (upload_confirm(&post->upload) < 0) {
		refuse_keeping(post->exchange);
		return false;
	}
	return keep(post);
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

static void take_post(struct exchange *exchange)
{
	struct post post = {.exchange = exchange, .submission = {.arena = exchange->arena}};
	upload_begin(&post.upload, exchange->config, exchange->form, &post.submission, time(NULL));
	struct file_sink sink = upload_sink(&post.upload);
	enum body_fault fault = body_read(exchange->request, exchange->form, &post.submission, &sink);
	if (fault)
		refuse_body(exchange, fault);
	if (!fault && answer_submission(&post))
		upload_settle(&post.upload);
	else
		upload_drop(&post.upload);
}

void form_answer(struct exchange *exchange)
{
	if (exchange->request->method != METHOD_POST)
		show_form(exchange);
	else if (guard_admit(exchange))
		take_post(exchange);
}
