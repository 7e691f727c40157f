/* Outcomes; see outcome.h. An outcome never changes but by being erased, so the tag of what is shown is made from its bytes. */
#include "answer/outcome.h"

#include <sodium.h>

#include "answer/page.h"
#include "answer/style.h"
#include "answer/withdraw.h"
#include "base/date.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "http/condition.h"
#include "http/media.h"
#include "keep/record.h"

enum { ETAG_BYTES = 16 };

static const char list_begin[] = "<dl>\n";

static const char *label_of(const struct form *form, const char *name)
{
	const struct field *field = form_field(form, span_of(name));
	return field ? field->label : name;
}

/* An input in which nothing was chosen is posted as an empty field by what is not multipart. */
static bool is_file(const struct form *form, const char *name)
{
	const struct field *field = form_field(form, span_of(name));
	return field && field->type == FIELD_FILE;
}

/* A box that was ticked is shown as one. */
static bool is_tick(const struct form *form, const char *name, const char *value)
{
	const struct field *field = form_field(form, span_of(name));
	return field && field->type == FIELD_CHECKBOX && !field->options_n && *value;
}

static void put_value(struct text *out, const json_t *value)
{
	text_put(out, "<dd>");
	escape_html(out, (struct span){json_string_value(value), json_string_length(value)});
	text_put(out, "</dd>\n");
}

static bool is_visible(const struct exchange *exchange, const char *field)
{
	return form_shows(exchange->form, span_of(field)) || exchange_by_owner(exchange);
}

static void put_fields(struct exchange *exchange, const json_t *record)
{
	struct text *out = &exchange->response->body;
	const char *name;
	json_t *value, *one;
	size_t i;
	json_object_foreach(json_object_get(record, "fields"), name, value) {
		if (!is_visible(exchange, name) || is_file(exchange->form, name))
			continue;
		escape_markup(out, "<dt>%s</dt>\n", label_of(exchange->form, name));
		if (json_is_string(value) && is_tick(exchange->form, name, json_string_value(value)))
			text_put(out, "<dd>\u2713</dd>\n");
		else if (json_is_string(value))
			put_value(out, value);
		json_array_foreach(value, i, one)
			put_value(out, one);
	}
}

/* A size for people, in signs that each language knows. */
static const char *size_of(struct arena *arena, json_int_t bytes)
{
	static const char *const units[] = {"B", "KB", "MB", "GB"};
	double size = (double)bytes;
	size_t unit = 0;
	for (; size >= 1000 && unit < sizeof units / sizeof *units - 1; unit++)
		size /= 1000;
	return text_printed(arena, unit && size < 10 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

static void put_files(struct exchange *exchange, const json_t *record)
{
	struct text *out = &exchange->response->body;
	const json_t *file;
	size_t i;
	json_array_foreach(json_object_get(record, "files"), i, file) {
		const char *field = json_string_value(json_object_get(file, "field"));
		if (!field || !is_visible(exchange, field))
			continue;
		const char *name = record_file_name(exchange->arena, file);
		struct text href = {.arena = exchange->arena};
		text_format(&href, "%s/files/%zu/", json_string_value(json_object_get(record, "id")), i + 1);
		escape_component(&href, name);
		escape_markup(out, "<dt>%s</dt>\n<dd><a href=\"%s\">%s</a> (%s)</dd>\n", label_of(exchange->form, field),
			href.bytes, name, size_of(exchange->arena, json_integer_value(json_object_get(file, "size"))));
	}
}

/* Offers to withdraw it to whoever may. */
static void put_withdraw(struct exchange *exchange, time_t received)
{
	struct arena *arena = exchange->arena;
	const char *until = message_date(exchange->catalogue, received + (time_t)exchange->form->withdraw, arena);
	if (!withdraw_allowed(exchange, received))
		return;
	escape_markup(&exchange->response->body,
		"<form class=\"withdraw\" method=\"post\" action=\"%s\">\n<p>%s</p>\n<input type=\"hidden\" name=\"%s\" value=\"delete\">\n"
		"<button type=\"submit\">%s</button>\n</form>\n",
		arena_copy(arena, exchange->id.bytes, exchange->id.length),
		exchange_by_owner(exchange) ? exchange_say(exchange, MESSAGE_WITHDRAW_AS_OWNER)
					    : message_fill(exchange->catalogue, MESSAGE_WITHDRAW_UNTIL, arena, "date", until, NULL),
		SUBMISSION_METHOD, exchange_say(exchange, MESSAGE_WITHDRAW));
}

static void draw_page(struct exchange *exchange, const json_t *record, time_t received)
{
	const struct form *form = exchange->form;
	const struct catalogue *catalogue = exchange->catalogue;
	struct text *out = &exchange->response->body;
	const char *date = message_date(catalogue, received, exchange->arena);
	page_begin(exchange, message_fill(catalogue, MESSAGE_RECEIVED_TITLE, exchange->arena, "title", form->title, NULL), form->title);
	escape_markup(out, "<p>%s</p>\n", message_fill(catalogue, MESSAGE_RECEIVED, exchange->arena, "date", date, NULL));
	const char *suspect = json_string_value(json_object_get(record, "spam"));
	if (suspect && exchange_by_owner(exchange))
		escape_markup(out, "<p><strong>%s</strong></p>\n", message_fill(catalogue, MESSAGE_SUSPECT, exchange->arena, "reason", suspect, NULL));
	size_t before = out->length;
	text_put(out, list_begin);
	put_fields(exchange, record);
	put_files(exchange, record);
	if (out->length == before + sizeof list_begin - 1)
		out->length = before; /* an empty list is no list */
	else
		text_put(out, "</dl>\n");
	escape_markup(out, "<p class=\"soft\">%s<br>%s <code>%s</code></p>\n", exchange_say(exchange, MESSAGE_BOOKMARK),
		exchange_say(exchange, MESSAGE_REFERENCE), json_string_value(json_object_get(record, "id")));
	if (form->keep)
		escape_markup(out, "<p class=\"soft\">%s</p>\n", message_fill(catalogue, MESSAGE_KEPT_UNTIL, exchange->arena, "date",
			message_date(catalogue, received + (time_t)form->keep, exchange->arena), NULL));
	if (form->result)
		escape_markup(out, "<p><a href=\"%s/status\">%s</a></p>\n", json_string_value(json_object_get(record, "id")),
			exchange_say(exchange, MESSAGE_WORK_STATUS));
	put_withdraw(exchange, received);
	if (form->page || form->fields_n)
		escape_markup(out, "<p><a href=\"../%s\">%s</a></p>\n", form->name, exchange_say(exchange, MESSAGE_BACK));
	page_end(exchange);
}

static void draw_json(struct exchange *exchange, const json_t *record)
{
	exchange->response->body = record_public(exchange->arena, exchange->form, record, exchange_by_owner(exchange));
	exchange->response->type = "application/json";
}

static const char *etag_of(struct arena *arena, const struct text *body)
{
	unsigned char hash[ETAG_BYTES];
	char hex[2 * ETAG_BYTES + 1];
	crypto_generichash(hash, sizeof hash, (const unsigned char *)text_string(body), body->length, NULL, 0);
	return text_printed(arena, "\"%s\"", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

static time_t later(time_t a, time_t b)
{
	return a > b ? a : b;
}

/* What is shown rests on a record that never changes, the configuration, the site's files, and whether it may be withdrawn. */
static time_t changed_of(const struct exchange *exchange, time_t received)
{
	time_t changed = later(received, later(exchange->config->changed, style_changed(exchange->config)));
	time_t fixed = received + (time_t)exchange->form->withdraw;
	return fixed <= time(NULL) ? later(changed, fixed) : changed;
}

static void put_validators(struct exchange *exchange, time_t received)
{
	time_t changed = changed_of(exchange, received);
	const char *etag = etag_of(exchange->arena, &exchange->response->body);
	if (condition_failed(exchange->request, etag, changed)) {
		page_problem(exchange, 412, MESSAGE_NO_CONDITION);
		return;
	}
	response_header(exchange->response, "ETag", "%s", etag);
	response_modified(exchange->response, changed);
	response_header(exchange->response, "Cache-Control", "private, no-cache");
	response_vary(exchange->response, "Accept");
	response_header(exchange->response, "Referrer-Policy", "no-referrer");
	response_header(exchange->response, "X-Robots-Tag", "noindex");
	if (condition_unchanged(exchange->request, etag, changed))
		exchange->response->status = 304;
}

/*
 * Answers for an outcome that is erased; what a power cut left of it goes first. Who wants it erased once more may have had no answer
 * because it was not on the disk yet, so it is made sure that it is.
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

static json_t *read_line(struct exchange *exchange, struct span line, time_t *received)
{
	if (record_erased(line)) {
		answer_erased(exchange, line);
		return NULL;
	}
	json_t *record = record_read(line);
	if (record && date_stamp_read(json_string_value(json_object_get(record, "received")), received)) {
		if (form_keeps(exchange->form, *received, time(NULL)))
			return record;
		page_problem(exchange, 410, MESSAGE_EXPIRED); /* a worker erases it with all of its day */
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
	case LOG_FOUND: return read_line(exchange, line, received);
	case LOG_ABSENT: page_problem(exchange, 404, MESSAGE_NO_OUTCOME); break;
	case LOG_FAILED: page_unavailable(exchange, MESSAGE_NOT_TO_BE_HAD); break;
	}
	return NULL;
}

static void show(struct exchange *exchange)
{
	static const char *const offers[] = {"text/html;charset=utf-8", "application/json"};
	time_t received;
	json_t *record = outcome_record(exchange, &received);
	if (!record)
		return;
	int offer = media_choose(exchange->request->accept, offers, sizeof offers / sizeof *offers);
	if (offer < 0) {
		page_problem(exchange, 406, MESSAGE_NO_SUCH_TYPE);
	} else {
		if (offer == 0)
			draw_page(exchange, record, received);
		else
			draw_json(exchange, record);
		put_validators(exchange, received);
	}
	json_decref(record);
}

void outcome_answer(struct exchange *exchange)
{
	if (exchange->request->method == METHOD_POST || exchange->request->method == METHOD_DELETE)
		withdraw_answer(exchange);
	else
		show(exchange);
}
