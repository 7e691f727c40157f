/* The page of an outcome. An outcome never changes until it is erased, so its entity tag is a hash of the page. */
#include "answer/outcome.h"

#include <sodium.h>
#include <string.h>

#include "answer/outcome_record.h"
#include "answer/page.h"
#include "answer/style.h"
#include "answer/thanks.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "config/option_list.h"
#include "http/condition.h"
#include "http/media.h"
#include "keep/record.h"

enum { ETAG_BYTES = 16 };

static const char *label_of(const struct form *form, const char *name)
{
	const struct field *field = form_field(form, span_of(name));
	return field ? field->label : name;
}

/* A file field without a file is posted as an empty text by encodings other than multipart; it is not shown. */
static bool is_file(const struct form *form, const char *name)
{
	const struct field *field = form_field(form, span_of(name));
	return field && field->type == FIELD_FILE;
}

/* A single box that was ticked is shown as a tick. */
static bool is_tick(const struct form *form, const char *name, const char *value)
{
	const struct field *field = form_field(form, span_of(name));
	return field && field->type == FIELD_CHECKBOX && !field->options.n && *value;
}

/* Puts a value, or the label of the option that has it. */
static void put_field_value(struct text *out, const struct field *field, const json_t *value)
{
	text_put(out, "<dd>");
	if (field && option_list_has(&field->options, json_string_value(value)))
		escape_html(out, span_of(option_list_label(&field->options, json_string_value(value))));
	else
		escape_html(out, (struct span){json_string_value(value), json_string_length(value)});
	text_put(out, "</dd>\n");
}

static bool shows_field(const struct exchange *exchange, const char *field)
{
	return form_shows(exchange->form, span_of(field)) || exchange_by_owner(exchange);
}

static void put_values(struct exchange *exchange, const char *name, const json_t *value)
{
	struct text *out = &exchange->response->body;
	const struct field *field = form_field(exchange->form, span_of(name));
	const json_t *one;
	size_t i;
	escape_markup(out, "<dt>%s</dt>\n", label_of(exchange->form, name));
	if (json_is_string(value) && is_tick(exchange->form, name, json_string_value(value)))
		text_put(out, "<dd>\u2713</dd>\n");
	else if (json_is_string(value))
		put_field_value(out, field, value);
	json_array_foreach(value, i, one)
		put_field_value(out, field, one);
}

/* Draws the fields that the client may see; an owner also sees what was posted besides the fields of the form. */
static void put_fields(struct exchange *exchange, const json_t *record)
{
	const char *name;
	json_t *value;
	json_object_foreach(json_object_get(record, "fields"), name, value)
		if (shows_field(exchange, name) && !is_file(exchange->form, name))
			put_values(exchange, name, value);
	if (exchange_by_owner(exchange))
		json_object_foreach(json_object_get(record, "extra"), name, value)
			put_values(exchange, name, value);
}

/* Gives a size for people, in units that every language knows. */
static const char *readable_size(struct arena *arena, json_int_t bytes)
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
		if (!field || !shows_field(exchange, field))
			continue;
		const char *name = record_file_name(exchange->arena, file);
		struct text href = {.arena = exchange->arena};
		text_format(&href, "%s/files/%zu/", json_string_value(json_object_get(record, "id")), i + 1);
		escape_component(&href, name);
		const char *size = readable_size(exchange->arena, json_integer_value(json_object_get(file, "size")));
		escape_markup(out, "<dt>%s</dt>\n", label_of(exchange->form, field));
		if (exchange->form->show_files || exchange_by_owner(exchange))
			escape_markup(out, "<dd><a href=\"%s\">%s</a> (%s)</dd>\n", href.bytes, name, size);
		else
			escape_markup(out, "<dd>%s (%s)</dd>\n", name, size);
	}
}

/* Draws the link to the page that withdraws the outcome, for whoever may do so. */
static void put_withdraw(struct exchange *exchange, time_t received)
{
	struct arena *arena = exchange->arena;
	const char *until = message_date(exchange->catalogue, received + (time_t)exchange->form->withdraw, arena);
	if (!outcome_record_withdrawable(exchange, received))
		return;
	escape_markup(&exchange->response->body,
		"<div class=\"withdraw\">\n<p>%s</p>\n<p><a class=\"button\" href=\"%s?withdraw\">%s</a></p>\n</div>\n",
		exchange_by_owner(exchange) ? exchange_say(exchange, MESSAGE_WITHDRAW_AS_OWNER)
					    : message_fill(exchange->catalogue, MESSAGE_WITHDRAW_UNTIL, arena, "date", until, NULL),
		arena_copy(arena, exchange->id.bytes, exchange->id.length), exchange_say(exchange, MESSAGE_WITHDRAW));
}

/* Says when it was received; the moment is there for programs too. */
static void say_received(struct exchange *exchange, const json_t *record, time_t received)
{
	struct text *out = &exchange->response->body;
	const char *date = message_date(exchange->catalogue, received, exchange->arena);
	const char *sentence = message_fill(exchange->catalogue, MESSAGE_RECEIVED, exchange->arena, "date", date, NULL);
	const char *there = strstr(sentence, date);
	if (!there) { /* a translation may leave it out */
		escape_markup(out, "<p>%s</p>\n", sentence);
		return;
	}
	escape_markup(out, "<p>%s<time datetime=\"%s\">%s</time>%s</p>\n",
		arena_copy(exchange->arena, sentence, (size_t)(there - sentence)), json_string_value(json_object_get(record, "received")),
		date, there + strlen(date));
}

/* Draws what was sent under the title of the form, if any of it is shown. */
static void put_sent(struct exchange *exchange, const json_t *record)
{
	struct text *out = &exchange->response->body;
	size_t before = out->length;
	escape_markup(out, "<h2>%s</h2>\n<dl>\n", exchange->form->title);
	size_t begun = out->length;
	put_fields(exchange, record);
	put_files(exchange, record);
	if (out->length == begun)
		out->length = before; /* without fields there is no list */
	else
		text_put(out, "</dl>\n");
}

/* Tells how to come back, and until when there is something to come back to. Paper has the address, a screen has bookmarks. */
static void put_reference(struct exchange *exchange, const json_t *record, time_t received)
{
	struct text *out = &exchange->response->body;
	const struct form *form = exchange->form;
	escape_markup(out, "<p class=\"soft\"><span class=\"screen\">%s<br></span>%s <code>%s</code></p>\n",
		exchange_say(exchange, MESSAGE_BOOKMARK), exchange_say(exchange, MESSAGE_REFERENCE),
		json_string_value(json_object_get(record, "id")));
	escape_markup(out, "<p class=\"soft paper\">%s <code>%s</code></p>\n", exchange_say(exchange, MESSAGE_ADDRESS),
		exchange_outcome_uri(exchange));
	if (form->keep)
		escape_markup(out, "<p class=\"soft\">%s</p>\n",
			message_fill(exchange->catalogue, MESSAGE_KEPT_UNTIL, exchange->arena, "date",
				message_date(exchange->catalogue, received + (time_t)form->keep, exchange->arena), NULL));
}

static void draw_outcome_page(struct exchange *exchange, const json_t *record, time_t received)
{
	const struct form *form = exchange->form;
	const struct catalogue *catalogue = exchange->catalogue;
	struct text *out = &exchange->response->body;
	page_begin(exchange, message_fill(catalogue, MESSAGE_RECEIVED_TITLE, exchange->arena, "title", form->title, NULL),
		exchange_say(exchange, MESSAGE_THANKS));
	say_received(exchange, record, received);
	thanks_put(exchange, record);
	if (form->result)
		escape_markup(out, "<p><a href=\"%s/status\">%s</a></p>\n", json_string_value(json_object_get(record, "id")),
			exchange_say(exchange, MESSAGE_WORK_STATUS));
	const char *suspect = json_string_value(json_object_get(record, "spam"));
	if (suspect && exchange_by_owner(exchange))
		escape_markup(out, "<p><strong>%s</strong></p>\n",
			message_fill(catalogue, MESSAGE_SUSPECT, exchange->arena, "reason", suspect, NULL));
	put_sent(exchange, record);
	put_reference(exchange, record, received);
	put_withdraw(exchange, received);
	if (form->page || form->fields_n)
		escape_markup(out, "<p class=\"back\"><a href=\"../%s\">%s</a></p>\n", form->name, exchange_say(exchange, MESSAGE_BACK));
	page_end(exchange);
}

static void draw_outcome_json(struct exchange *exchange, const json_t *record)
{
	exchange->response->body = record_public(exchange->arena, exchange->form, record, exchange_by_owner(exchange));
	exchange->response->type = "application/json";
}

/* Hashes the style sheets, which are most of a page, by their hashes in the policy. */
static const char *etag_of(struct arena *arena, const struct response *response)
{
	unsigned char hash[ETAG_BYTES];
	char hex[2 * ETAG_BYTES + 1];
	const unsigned char *body = (const unsigned char *)text_string(&response->body);
	crypto_generichash_state state;
	crypto_generichash_init(&state, NULL, 0, sizeof hash);
	crypto_generichash_update(&state, (const unsigned char *)response->policy, strlen(response->policy));
	crypto_generichash_update(&state, body, response->style_from);
	crypto_generichash_update(&state, body + response->style_end, response->body.length - response->style_end);
	crypto_generichash_final(&state, hash, sizeof hash);
	return text_printed(arena, "\"%s\"", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

static time_t later(time_t a, time_t b)
{
	return a > b ? a : b;
}

/* Gives when the page last changed: by its record, the configuration, the site's files, or the end of the time to withdraw it. */
static time_t page_changed(const struct exchange *exchange, time_t received)
{
	time_t changed = later(received, later(exchange->config->changed, style_changed(exchange->config)));
	time_t fixed = received + (time_t)exchange->form->withdraw;
	return fixed <= time(NULL) ? later(changed, fixed) : changed;
}

static void put_validators(struct exchange *exchange, time_t received)
{
	time_t changed = page_changed(exchange, received);
	const char *etag = etag_of(exchange->arena, exchange->response);
	if (condition_failed(exchange->request, etag, changed)) {
		page_problem(exchange, 412, MESSAGE_NO_CONDITION);
		return;
	}
	response_header(exchange->response, "ETag", "%s", etag);
	response_modified(exchange->response, changed);
	response_header(exchange->response, "Cache-Control", "private, no-cache");
	response_vary(exchange->response, "Accept");
	response_header(exchange->response, "Referrer-Policy", "same-origin");
	response_header(exchange->response, "X-Robots-Tag", "noindex");
	if (condition_unchanged(exchange->request, etag, changed))
		exchange->response->status = 304;
}

void outcome_answer(struct exchange *exchange)
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
			draw_outcome_page(exchange, record, received);
		else
			draw_outcome_json(exchange, record);
		put_validators(exchange, received);
	}
	json_decref(record);
}
