/*
 * A status is told by files alone (job.c): a result that is there, what is written of the job, or the place of the outcome's line
 * against the task's cursor. The queue is not touched, however many ask.
 */
#include "answer/status.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer/outcome.h"
#include "answer/page.h"
#include "answer/withdraw.h"
#include "base/date.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "http/condition.h"
#include "http/media.h"
#include "task/cursor.h"
#include "task/job.h"

enum { REFRESH_SECONDS = 2 };

static const struct task *task_of(const struct exchange *exchange)
{
	return exchange->form->result ? config_task(exchange->config, exchange->form->result) : NULL;
}

static const char *result_path(const struct exchange *exchange)
{
	char folder[PATH_MAX], path[PATH_MAX];
	job_folder(exchange->config, exchange->form, task_of(exchange), folder);
	job_result(folder, exchange->id, true, path);
	return arena_copy(exchange->arena, path, strlen(path));
}

/* Tells whether the task's cursor has passed the outcome's line: then it is done, or has a file, or nobody will ever work on it. */
static bool is_passed(const struct exchange *exchange, const char *folder)
{
	struct place place;
	struct cursor cursor;
	struct late late;
	const struct secret *secret = store_secret(exchange->store, false);
	if (!secret || !id_read(exchange->id, secret, &place) || place.node != id_node(exchange->config->node))
		return false;
	late.day = place.day; /* first, for what it says may be taken into the cursor meanwhile */
	if (late_read(folder, exchange->config->node, &late) == JOB_FOUND)
		return place.offset < late.offset;
	if (cursor_read(folder, exchange->config->node, &cursor) != JOB_FOUND)
		return false;
	return place.day < cursor.day - 1 ||
		place.offset < (place.day == cursor.day ? cursor.now : place.day < cursor.day ? cursor.before : 0);
}

static bool is_told(const struct exchange *exchange, const char *folder, struct job *job)
{
	*job = (struct job){.state = JOB_DONE, .progress = -1};
	return access(result_path(exchange), F_OK) == 0 || job_read(folder, exchange->id, exchange->arena, job) == JOB_FOUND;
}

/* Gives where the job of the exchange's outcome stands; what is told once the cursor has passed may have been told meanwhile. */
static struct job job_of(struct exchange *exchange)
{
	char folder[PATH_MAX];
	struct job job;
	job_folder(exchange->config, exchange->form, task_of(exchange), folder);
	if (is_told(exchange, folder, &job))
		return job;
	bool passed = is_passed(exchange, folder);
	if (!passed || !is_told(exchange, folder, &job))
		job = (struct job){.state = passed ? JOB_FAILED : JOB_QUEUED, .progress = -1};
	return job;
}

static bool goes_on(const struct job *job)
{
	return job->state == JOB_QUEUED || job->state == JOB_RUNNING || job->state == JOB_WAITING;
}

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

static void draw_json(struct exchange *exchange, const struct job *job, const json_t *record, time_t received)
{
	char updated[DATE_STAMP];
	struct text *out = &exchange->response->body;
	date_stamp_write(updated, (struct timespec){.tv_sec = job->updated ? job->updated : received});
	json_t *status = json_made(json_pack("{ss ss ss}", "status", job_state_name(job->state),
		"created", json_string_value(json_object_get(record, "received")), "updated", updated));
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

static void draw_page(struct exchange *exchange, const struct job *job)
{
	const struct form *form = exchange->form;
	struct text *out = &exchange->response->body;
	const char *sentence = exchange_say(exchange, sentence_of(job));
	const char *id = arena_copy(exchange->arena, exchange->id.bytes, exchange->id.length);
	page_begin(exchange, text_printed(exchange->arena, "%s: %s", form->title, sentence), form->title);
	escape_markup(out, "<p role=\"status\">%s</p>\n", sentence);
	if (job->error && exchange_by_owner(exchange))
		escape_markup(out, "<p class=\"fault\">%s</p>\n", job->error);
	if (goes_on(job)) {
		draw_bar(out, job, sentence);
		escape_markup(out,
			"<form class=\"withdraw\" method=\"post\" action=\"status\">\n<p>%s</p>\n<input type=\"hidden\" name=\"%s\" value=\"delete\">\n"
			"<button type=\"submit\">%s</button>\n</form>\n",
			exchange_say(exchange, MESSAGE_WORK_REFRESHES), SUBMISSION_METHOD, exchange_say(exchange, MESSAGE_WORK_CANCEL));
	}
	escape_markup(out, "<p><a href=\"../%s\">%s</a></p>\n", id, exchange_say(exchange, MESSAGE_WORK_OUTCOME));
	page_end(exchange);
}

static void show(struct exchange *exchange, const json_t *record, time_t received)
{
	static const char *const offers[] = {"text/html;charset=utf-8", "application/json"};
	struct response *response = exchange->response;
	struct job job = job_of(exchange);
	int offer = media_choose(exchange->request->accept, offers, sizeof offers / sizeof *offers);
	response_vary(response, "Accept");
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Referrer-Policy", "no-referrer");
	response_header(response, "X-Robots-Tag", "noindex");
	if (job.state == JOB_DONE) {
		page_see_other(exchange, text_printed(exchange->arena, "%s/%s/%.*s/result", exchange->request->root, exchange->form->name,
			(int)exchange->id.length, exchange->id.bytes));
		return;
	}
	if (goes_on(&job)) {
		response_header(response, "Retry-After", "%d", REFRESH_SECONDS);
		if (offer != 1)
			response_header(response, "Refresh", "%d", REFRESH_SECONDS);
	}
	if (offer == 1)
		draw_json(exchange, &job, record, received);
	else
		draw_page(exchange, &job);
}

/* Cancels what goes on; what has ended stays as it is. */
static void cancel(struct exchange *exchange)
{
	char folder[PATH_MAX];
	job_folder(exchange->config, exchange->form, task_of(exchange), folder);
	int lock = job_lock(folder);
	struct job job = job_of(exchange);
	if (goes_on(&job) && job_write(folder, exchange->id, &(struct job){.state = JOB_CANCELLED, .attempts = job.attempts, .progress = -1}) < 0) {
		page_unavailable(exchange, MESSAGE_NOT_CANCELLED);
	} else {
		page_see_other(exchange, text_printed(exchange->arena, "%s/%s/%.*s", exchange->request->root, exchange->form->name,
			(int)exchange->id.length, exchange->id.bytes));
	}
	file_close(lock);
}

/* Gives the record, if its form has work that is waited for; answers where not. */
static json_t *find(struct exchange *exchange, time_t *received)
{
	if (task_of(exchange))
		return outcome_record(exchange, received);
	page_problem(exchange, 404, MESSAGE_NO_ADDRESS);
	return NULL;
}

void status_answer(struct exchange *exchange)
{
	time_t received;
	bool changes = exchange->request->method == METHOD_POST || exchange->request->method == METHOD_DELETE;
	if (exchange->request->method == METHOD_POST && !withdraw_means_delete(exchange))
		return;
	json_t *record = find(exchange, &received);
	if (!record)
		return;
	if (changes)
		cancel(exchange);
	else
		show(exchange, record, received);
	json_decref(record);
}

/* What a command made is served as what it was declared to be, but nothing in it runs. */
static void serve(struct exchange *exchange, int file, const struct stat *status)
{
	struct response *response = exchange->response;
	const char *etag = text_printed(exchange->arena, "\"%jx-%jx\"", (uintmax_t)status->st_mtim.tv_sec * 1000000000u +
		(uintmax_t)status->st_mtim.tv_nsec, (uintmax_t)status->st_size);
	if (condition_failed(exchange->request, etag, status->st_mtime)) {
		close(file);
		page_problem(exchange, 412, MESSAGE_NO_CONDITION);
		return;
	}
	response->type = task_of(exchange)->type;
	response->policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
	response_header(response, "ETag", "%s", etag);
	response_modified(response, status->st_mtime);
	response_header(response, "Cache-Control", "private, no-cache");
	response_header(response, "Referrer-Policy", "no-referrer");
	response_header(response, "X-Robots-Tag", "noindex");
	if (condition_unchanged(exchange->request, etag, status->st_mtime))
		response->status = 304;
	if (response->status == 200)
		response_file(response, file, 0, (uint64_t)status->st_size);
	else
		close(file);
}

void result_answer(struct exchange *exchange)
{
	time_t received;
	struct stat status;
	json_t *record = find(exchange, &received);
	if (!record)
		return;
	json_decref(record);
	const char *path = result_path(exchange);
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file >= 0 && fstat(file, &status) == 0) {
		serve(exchange, file, &status);
		return;
	}
	if (file < 0 && errno == ENOENT) {
		exchange->problem = "result-not-ready";
		page_problem(exchange, 404, MESSAGE_RESULT_NOT_READY);
		return;
	}
	diag_system("%s: can't be read", path);
	file_close(file);
	page_unavailable(exchange, MESSAGE_NOT_TO_BE_HAD);
}
