/*
 * The story of a post: read the body, judge the fields, keep the line, and only then say 303. All that can fail without
 * the disk comes before the line is kept, so that what is kept is also answered.
 */
#include "form.h"

#include <string.h>

#include "body.h"
#include "escape.h"
#include "form_page.h"
#include "page.h"
#include "record.h"
#include "upload.h"

/* A path on this site, made absolute with the origin of the program's own URI. */
static const char *absolute(const struct exchange *exchange, const char *target)
{
	const char *root = exchange->request->root;
	if (*target != '/')
		return target;
	const char *host = strstr(root, "://") + 3, *path = host + strcspn(host, "/");
	return text_printed(exchange->arena, "%.*s%s", (int)(path - root), root, target);
}

static void show_form(struct exchange *exchange)
{
	const struct form *form = exchange->form;
	if (form->page) {
		page_see_other(exchange, absolute(exchange, form->page));
		return;
	}
	response_header(exchange->response, "Cache-Control", "no-cache");
	if (form->fields_n) {
		form_page_draw(exchange, NULL, NULL, 0);
		return;
	}
	page_begin(exchange, form->title, form->title);
	escape_markup(&exchange->response->body, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_TAKES_ANYTHING));
	page_end(exchange);
}

/* Where the visitor goes: the form's next with its holes filled, or the outcome itself. */
static const char *next_of(const struct exchange *exchange, const char *id)
{
	const struct form *form = exchange->form;
	const char *outcome = text_printed(exchange->arena, "%s/%s/%s", exchange->request->root, form->name, id);
	if (!form->next)
		return outcome;
	struct text next = {.arena = exchange->arena};
	const struct { const char *hole, *value; } holes[] = {{"{id}", id}, {"{form}", form->name}, {"{outcome}", outcome}};
	for (const char *c = form->next; *c;) {
		size_t plain = strcspn(c, "{");
		text_add(&next, c, plain);
		c += plain;
		for (size_t i = 0; i < sizeof holes / sizeof *holes; i++)
			if (strncmp(c, holes[i].hole, strlen(holes[i].hole)) == 0) {
				escape_component(&next, holes[i].value);
				c += strlen(holes[i].hole);
				break;
			}
	}
	return absolute(exchange, text_string(&next));
}

static size_t judge_all(const struct exchange *exchange, const struct submission *submission, struct page_fault *faults)
{
	size_t n = 0;
	for (size_t i = 0; i < exchange->form->fields_n; i++) {
		const struct field *field = &exchange->form->fields[i];
		const char *message = field_judge(field, submission, exchange->catalogue);
		if (message)
			faults[n++] = (struct page_fault){field->name, message};
	}
	return n;
}

/* 422 (RFC 9110 §15.5.21): the form again, with what was typed and what is wrong with it. */
static void refuse_fields(struct exchange *exchange, const struct submission *submission, const struct page_fault *faults,
	size_t n)
{
	if (!page_problem_fields(exchange, 422, MESSAGE_FIELDS_WRONG, faults, n))
		form_page_draw(exchange, submission, faults, n);
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

/* The server's fault, never the visitor's (RFC 9110 §15.6.4). */
static void refuse_keeping(struct exchange *exchange)
{
	response_header(exchange->response, "Retry-After", "60");
	page_problem(exchange, 503, MESSAGE_NOT_KEPT);
}

/* Keeps the line and answers: 0, or -1 where it could not be kept. */
static int keep(struct exchange *exchange, const struct submission *submission)
{
	char id[ID_LENGTH + 1];
	struct receipt receipt = {
		.address = request_variable(exchange->request, "REMOTE_ADDR"),
		.agent = request_variable(exchange->request, "HTTP_USER_AGENT"),
		.suspect = in_trap(exchange->form, submission) ? "trap" : NULL,
	};
	clock_gettime(CLOCK_REALTIME, &receipt.at);
	struct text line = record_write(exchange->arena, exchange->form, submission, &receipt);
	if (store_keep(exchange->store, exchange->form, &line, receipt.at.tv_sec, id) < 0) {
		refuse_keeping(exchange);
		return -1;
	}
	page_see_other(exchange, next_of(exchange, id));
	return 0;
}

/* Judges and keeps what was read, and answers; tells whether it was kept. */
static bool answer_submission(struct exchange *exchange, const struct submission *submission, struct upload *upload)
{
	struct page_fault *faults = arena_take(exchange->arena, (exchange->form->fields_n + 1) * sizeof *faults);
	size_t n = judge_all(exchange, submission, faults);
	if (n) {
		refuse_fields(exchange, submission, faults, n);
		return false;
	}
	if (upload_confirm(upload) < 0) {
		refuse_keeping(exchange);
		return false;
	}
	return keep(exchange, submission) == 0;
}

static void take_post(struct exchange *exchange)
{
	const struct form *form = exchange->form;
	struct submission submission = {.arena = exchange->arena};
	struct upload upload;
	upload_begin(&upload, exchange->config, form, &submission, time(NULL));
	struct file_sink sink = upload_sink(&upload);
	enum body_fault fault = body_read(exchange->request, form, &submission, &sink);
	if (fault) {
		upload_drop(&upload);
		enum message message;
		int status = body_fault_status(fault, &message);
		if (fault == BODY_ENCODED) /* RFC 9110 §15.5.16 */
			response_header(exchange->response, "Accept-Encoding", "identity");
		if (status == 503)
			response_header(exchange->response, "Retry-After", "60");
		if (fault == BODY_OTHER_TYPE)
			response_header(exchange->response, "Accept", "%s", body_types(exchange->arena));
		page_problem(exchange, status, message);
		return;
	}
	if (answer_submission(exchange, &submission, &upload))
		upload_settle(&upload);
	else
		upload_drop(&upload);
}

void form_answer(struct exchange *exchange)
{
	if (exchange->request->method == METHOD_POST)
		take_post(exchange);
	else
		show_form(exchange);
}
