/* The status of a job, as a page that reloads itself or as JSON. */
#include "answer/status.h"

#include "answer/outcome_job.h"
#include "answer/override.h"
#include "answer/page.h"
#include "base/date.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/text.h"
#include "body/submission.h"
#include "http/media.h"

enum { REFRESH_SECONDS = 2 };

static enum message sentence_of(const struct job *job)
{
	switch (job->state) {
	case JOB_RUNNING: return MESSAGE_WORK_RUNNING;
	case JOB_WAITING: return MESSAGE_WORK_WAITING;
	case JOB_FAILED: return MESSAGE_WORK_FAILED;
	case JOB_CANCELLED: return MESSAGE_WORK_CANCELLED;
	default: return MESSAGE_WORK_QUEUED;
	}
}

static void draw_status_json(struct exchange *exchange, const struct job *job, const json_t *record, time_t received)
{
	char updated[DATE_STAMP];
	struct text *out = &exchange->response->body;
	const char *created = json_string_value(json_object_get(record, "received"));
	date_stamp_write(updated, (struct timespec){.tv_sec = job->updated});
	json_t *status = json_made(json_pack("{ss ss ss}", "status", job_state_name(job->state), "created", created, "updated",
		job->updated > received ? updated : created));
	if (job->progress >= 0)
		json_object_set_new(status, "progress", json_made(json_integer(job->progress)));
	if (job->error && exchange_by_owner(exchange))
		json_object_set_new(status, "error", json_made(json_string(job->error)));
	else if (job->state == JOB_FAILED)
		json_object_set_new(status, "error", json_made(json_string(exchange_say(exchange, MESSAGE_WORK_FAILED))));
	exchange->response->type = "application/json";
	json_write(out, status, JSON_INDENT(2));
	text_put(out, "\n");
	json_decref(status);
}

static void draw_bar(struct text *out, const struct job *job, const char *label)
{
	if (job->progress >= 0)
		escape_markup(out, "<progress max=\"100\" value=\"%s\" aria-label=\"%s\"></progress>\n",
			text_printed(out->arena, "%d", job->progress), label);
	else
		escape_markup(out, "<progress aria-label=\"%s\"></progress>\n", label);
}

static void draw_status_page(struct exchange *exchange, const struct job *job)
{
	const struct form *form = exchange->form;
	struct text *out = &exchange->response->body;
	const char *sentence = exchange_say(exchange, sentence_of(job));
	const char *id = arena_copy(exchange->arena, exchange->id.bytes, exchange->id.length);
	page_begin(exchange, text_printed(exchange->arena, "%s: %s", form->title, sentence), form->title);
	escape_markup(out, "<p role=\"status\">%s</p>\n", sentence);
	if (job->error && exchange_by_owner(exchange))
		escape_markup(out, "<p class=\"fault\">%s</p>\n", job->error);
	if (outcome_job_unfinished(job)) {
		draw_bar(out, job, sentence);
		escape_markup(out, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_WORK_REFRESHES));
		override_draw(exchange, "status", MESSAGE_WORK_CANCEL);
	}
	escape_markup(out, "<p><a href=\"../%s\">%s</a></p>\n", id, exchange_say(exchange, MESSAGE_WORK_OUTCOME));
	page_end(exchange);
}

static void show_status(struct exchange *exchange, const json_t *record, time_t received)
{
	static const char *const offers[] = {"text/html;charset=utf-8", "application/json"};
	struct response *response = exchange->response;
	struct job job = outcome_job_read(exchange);
	int offer = media_choose(exchange->request->accept, offers, sizeof offers / sizeof *offers);
	response_vary(response, "Accept");
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Referrer-Policy", "same-origin");
	response_header(response, "X-Robots-Tag", "noindex");
	if (job.state == JOB_DONE) {
		page_see_other(exchange, text_printed(exchange->arena, "%s/result", exchange_outcome_uri(exchange)));
		return;
	}
	if (outcome_job_unfinished(&job)) {
		response_header(response, "Retry-After", "%d", REFRESH_SECONDS);
		if (offer != 1)
			response_header(response, "Refresh", "%d", REFRESH_SECONDS);
	}
	if (offer == 1)
		draw_status_json(exchange, &job, record, received);
	else
		draw_status_page(exchange, &job);
}

void status_answer(struct exchange *exchange)
{
	time_t received;
	json_t *record = outcome_job_record(exchange, &received);
	if (record)
		show_status(exchange, record, received);
	json_decref(record);
}
