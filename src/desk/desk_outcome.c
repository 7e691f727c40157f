/*
 * The page of one outcome. Uploads are links, not pictures: what a stranger sent is not decoded in an owner's browser before the owner
 * wants it.
 */
#include "desk/desk_outcome.h"

#include <string.h>

#include "answer/page.h"
#include "base/escape.h"
#include "desk/desk_change.h"
#include "desk/reply.h"
#include "keep/newer.h"
#include "keep/record.h"
#include "task/job.h"

enum { BUDGET = 100000 /* microseconds */ };

static void put_pair(struct text *out, const char *label, const char *value)
{
	escape_markup(out, "<dt>%s</dt>\n<dd>%s</dd>\n", label, value);
}

static void put_string_value(struct text *out, const json_t *value)
{
	text_put(out, "<dd>");
	escape_html(out, (struct span){json_string_value(value), json_string_length(value)});
	text_put(out, "</dd>\n");
}

/* Appends every value of an object, each below its label. */
static void put_object(struct exchange *exchange, json_t *object)
{
	struct text *out = &exchange->response->body;
	const char *name;
	json_t *value, *one;
	size_t i;
	json_object_foreach(object, name, value) {
		const struct field *field = form_field(exchange->form, span_of(name));
		if (!json_is_string(value) && !json_array_size(value))
			continue;
		escape_markup(out, "<dt>%s</dt>\n", field ? field->label : name);
		if (json_is_string(value))
			put_string_value(out, value);
		json_array_foreach(value, i, one)
			if (json_is_string(one))
				put_string_value(out, one);
	}
}

static void put_uploads_of(struct exchange *exchange, const struct selected *selected)
{
	struct text *out = &exchange->response->body;
	const json_t *file;
	size_t i;
	json_array_foreach(json_object_get(selected->record, "files"), i, file) {
		const char *name = json_string_value(json_object_get(file, "field"));
		const struct field *field = name ? form_field(exchange->form, span_of(name)) : NULL;
		struct text href = {.arena = exchange->arena};
		if (!name)
			continue;
		text_format(&href, "%s/%s/%s/files/%zu/", exchange->request->root, exchange->form->name, selected->id, i + 1);
		escape_component(&href, record_file_name(exchange->arena, file));
		escape_markup(out, "<dt>%s</dt>\n<dd><a href=\"%s\">%s</a> (%s B)</dd>\n", field ? field->label : name, href.bytes,
			record_file_name(exchange->arena, file),
			text_printed(exchange->arena, "%jd", (intmax_t)json_integer_value(json_object_get(file, "size"))));
	}
}

/* Appends where each task stands, as far as its job has a file; one that has none is done or not begun. */
static void put_tasks(struct exchange *exchange, const struct selected *selected)
{
	static const enum message texts[] = {[JOB_QUEUED] = MESSAGE_WORK_QUEUED,
		[JOB_RUNNING] = MESSAGE_WORK_RUNNING,
		[JOB_WAITING] = MESSAGE_WORK_WAITING,
		[JOB_FAILED] = MESSAGE_WORK_FAILED,
		[JOB_CANCELLED] = MESSAGE_WORK_CANCELLED};
	const struct task *task;
	for (size_t i = 0; (task = config_form_task(exchange->config, exchange->form, i)); i++) {
		char folder[PATH_MAX];
		struct job job;
		job_folder(exchange->config, exchange->form, task, folder);
		if (job_read(folder, span_of(selected->id), exchange->arena, &job) != JOB_FOUND || job.state == JOB_DONE)
			continue;
		const char *state = exchange_say(exchange, texts[job.state]);
		put_pair(&exchange->response->body,
			text_printed(exchange->arena, "%s: %s", exchange_say(exchange, MESSAGE_DESK_TASK), task->name),
			job.error ? text_printed(exchange->arena, "%s (%s)", state, job.error) : state);
	}
}

static void put_client(struct exchange *exchange, const json_t *record)
{
	const json_t *client = json_object_get(record, "client");
	const char *address = json_string_value(json_object_get(client, "address")),
		   *agent = json_string_value(json_object_get(client, "agent"));
	if (address)
		put_pair(&exchange->response->body, exchange_say(exchange, MESSAGE_DESK_CLIENT),
			agent ? text_printed(exchange->arena, "%s, %s", address, agent) : address);
}

/* --- the page ------------------------------------------------------------------------------------------------------ */

static void put_button(struct exchange *exchange, const char *value, enum message text)
{
	escape_markup(&exchange->response->body, "<button class=\"%s\" type=\"submit\" name=\"act\" value=\"%s\">%s</button>\n",
		text == MESSAGE_DESK_ERASE ? "bad" : "act", value, exchange_say(exchange, text));
}

static void put_actions(const struct visit *visit, const struct selected *selected)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	const char *token = visit_token(visit), *reply = reply_uri(exchange->form, selected->record, exchange->arena);
	escape_markup(out,
		"<form method=\"post\" action=\"%s\">\n<input type=\"hidden\" name=\"%s\" value=\"%s\">\n<div class=\"actions\">\n",
		visit_outcome_uri(visit, selected->id), SUBMISSION_TOKEN, token ? token : "");
	if (reply)
		escape_markup(out, "<a href=\"%s\">%s</a>\n", reply, exchange_say(exchange, MESSAGE_DESK_REPLY));
	put_button(exchange, "unread", MESSAGE_DESK_MARK_UNREAD);
	put_button(exchange, selected->mark.star ? "unstar" : "star", selected->mark.star ? MESSAGE_DESK_UNSTAR : MESSAGE_DESK_STAR);
	put_button(exchange, selected->suspect ? "ham" : "spam", selected->suspect ? MESSAGE_DESK_IS_HAM : MESSAGE_DESK_IS_SPAM);
	if (config_form_task(exchange->config, exchange->form, 0))
		put_button(exchange, "retry", MESSAGE_DESK_RETRY);
	put_button(exchange, "erase", MESSAGE_DESK_ERASE);
	escape_markup(out,
		"</div>\n<div class=\"field\"><label for=\"note\">%s</label><textarea id=\"note\" name=\"note\" maxlength=\"2000\">",
		exchange_say(exchange, MESSAGE_DESK_NOTE));
	text_put(out, "\n"); /* HTML drops a line end at the start */
	escape_html(out, span_of(selected->mark.note ? selected->mark.note : ""));
	text_put(out, "</textarea></div>\n");
	put_button(exchange, "note", MESSAGE_DESK_SAVE);
	text_put(out, "</form>\n");
}

/* Chooses what previous and next go through: the list that the owner came from; among spam, spam. */
static struct filter beside(const struct visit *visit, const struct selected *of)
{
	struct filter filter = visit->filter;
	if (of->suspect && filter.spam == SELECTION_NO_SPAM)
		filter.spam = SELECTION_ONLY_SPAM;
	return filter;
}

/* Gives the id of the next older outcome, or "". */
static const char *older_id(const struct visit *visit, const struct filter *filter, const char *of)
{
	struct exchange *exchange = visit->exchange;
	struct selected selected;
	const char *id = "";
	struct selection *selection = selection_open(exchange->config, exchange->form, visit->secret, filter, visit->now);
	if (selection_resume(selection, span_of(of)) && selection_next(selection, BUDGET, &selected) == SELECTION_FOUND)
		id = arena_copy(exchange->arena, selected.id, ID_LENGTH);
	selection_close(selection);
	return id;
}

/* Gives the id of the next newer outcome, or "". */
static const char *newer_id(const struct visit *visit, const struct filter *filter, const char *of)
{
	struct exchange *exchange = visit->exchange;
	struct newer newer;
	newer_find(&newer, exchange->config, exchange->form, visit->secret, filter, span_of(of), 1, visit->now, BUDGET);
	return newer.n ? arena_copy(exchange->arena, newer.ids[0], ID_LENGTH) : "";
}

static void put_way(const struct visit *visit, const char *id, const char *relation, enum message text)
{
	if (*id)
		escape_markup(&visit->exchange->response->body, "<a rel=\"%s\" href=\"%s\">%s</a>", relation, visit_outcome_uri(visit, id),
			exchange_say(visit->exchange, text));
}

/* Links to the desk, the list that the owner came from, and the outcomes beside this one. */
static void put_ways(const struct visit *visit, const struct selected *selected)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	const struct filter filter = beside(visit, selected);
	escape_markup(out, "<nav><a href=\"%s/-/\">%s</a><a href=\"%s\">%s</a>", exchange->request->root,
		exchange_say(exchange, MESSAGE_DESK), visit_list_uri(visit, ""), exchange->form->title);
	put_way(visit, newer_id(visit, &filter, selected->id), "prev", MESSAGE_DESK_NEWER);
	put_way(visit, older_id(visit, &filter, selected->id), "next", MESSAGE_DESK_OLDER);
	text_put(out, "</nav>\n");
}

static void put_outcome(const struct visit *visit, const struct selected *selected)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	const char *date = message_date(exchange->catalogue, selected->received, exchange->arena);
	visit_page_begin(visit, text_printed(exchange->arena, "%s: %s", exchange->form->title, date), exchange->form->title);
	put_ways(visit, selected);
	escape_markup(out, "<p>%s%s</p>\n", selected->mark.star ? "\xe2\x98\x85 " : "", date);
	if (selected->suspect)
		escape_markup(out, "<p><strong>%s</strong></p>\n",
			message_fill(exchange->catalogue, MESSAGE_SUSPECT, exchange->arena, "reason", selected->suspect, NULL));
	text_put(out, "<dl>\n");
	put_object(exchange, json_object_get(selected->record, "fields"));
	put_object(exchange, json_object_get(selected->record, "extra"));
	put_uploads_of(exchange, selected);
	put_client(exchange, selected->record);
	put_tasks(exchange, selected);
	escape_markup(out, "<dt>%s</dt>\n<dd><a href=\"%s/%s/%s\">%s</a></dd>\n</dl>\n", exchange_say(exchange, MESSAGE_DESK_PAGE),
		exchange->request->root, exchange->form->name, selected->id, selected->id);
	put_actions(visit, selected);
	page_end(exchange);
}

/* A browser that only fetches the page in advance does not read it. */
static bool is_fetched_ahead(const struct exchange *exchange)
{
	const char *purpose = request_variable(exchange->request, "HTTP_SEC_PURPOSE");
	return purpose && strncmp(purpose, "prefetch", sizeof "prefetch" - 1) == 0;
}

/* Opening an outcome marks it as read; where that fails it is shown all the same. */
static void mark_read(const struct visit *visit, const struct selected *selected)
{
	static const bool yes = true;
	const struct exchange *exchange = visit->exchange;
	struct marked marked = {span_of(selected->id), selected->posted_suspect};
	if (!selected->mark.read && exchange->request->method == METHOD_GET && !is_fetched_ahead(exchange))
		marks_set(exchange->config, exchange->form, visit->secret, &marked, 1, &(struct mark_change){.read = &yes}, visit->user,
			visit->now);
}

void desk_outcome_answer(struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	struct selected selected;
	if (exchange->request->method == METHOD_POST) {
		desk_change_one(visit);
		return;
	}
	enum selection_found found = !visit->secret
		? SELECTION_END
		: selection_one(exchange->config, exchange->form, visit->secret, exchange->id, visit->now, exchange->arena, &selected);
	if (found == SELECTION_FAILED) {
		page_unavailable(exchange, MESSAGE_NOT_TO_BE_HAD);
	} else if (found != SELECTION_FOUND) {
		page_problem(exchange, 404, MESSAGE_NO_OUTCOME);
	} else {
		if (!desk_change_ask(visit, &selected)) {
			put_outcome(visit, &selected);
			mark_read(visit, &selected);
		}
		json_decref((json_t *)(uintptr_t)selected.record);
	}
}
