/* The list of a form: choices above, a table of outcomes with a box to tick each, buttons for those that are ticked below. */
#include "desk/desk_form.h"

#include <string.h>

#include "answer/page.h"
#include "base/date.h"
#include "base/escape.h"
#include "desk/desk_change.h"

enum { ROWS = 50, COLUMNS = 3, CELL_BYTES = 300, BUDGET = 1000000 /* microseconds of a search */ };

static const enum message view_texts[VIEWS] = {
	MESSAGE_DESK_VIEW_INBOX, MESSAGE_DESK_VIEW_UNREAD, MESSAGE_DESK_VIEW_STARRED, MESSAGE_DESK_VIEW_SPAM, MESSAGE_DESK_VIEW_ALL};

/* --- above the table ----------------------------------------------------------------------------------------------- */

static void put_navigation(const struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	escape_markup(&exchange->response->body, "<nav><a href=\"%s/-/\">%s</a></nav>\n", exchange->request->root,
		exchange_say(exchange, MESSAGE_DESK));
}

static void put_input(struct exchange *exchange, enum message label, const char *type, const char *name, const char *value)
{
	escape_markup(&exchange->response->body, "<label>%s<input type=\"%s\" name=\"%s\" value=\"%s\"></label>\n",
		exchange_say(exchange, label), type, name, value);
}

static void put_choices(const struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	escape_markup(out, "<form class=\"choices\" role=\"search\" method=\"get\" action=\"%s/-/%s\">\n", exchange->request->root,
		exchange->form->name);
	put_input(exchange, MESSAGE_DESK_WORDS, "search", "q", visit->words);
	put_input(exchange, MESSAGE_DESK_FROM, "date", "from", visit->from);
	put_input(exchange, MESSAGE_DESK_TO, "date", "to", visit->until);
	escape_markup(out, "<label>%s<select name=\"view\">", exchange_say(exchange, MESSAGE_DESK_VIEW));
	for (size_t i = 0; i < VIEWS; i++)
		escape_markup(out, i == visit->view ? "<option value=\"%s\" selected>%s</option>" : "<option value=\"%s\">%s</option>",
			visit_view_name((enum visit_view)i), exchange_say(exchange, view_texts[i]));
	escape_markup(
		out, "</select></label>\n<button type=\"submit\">%s</button>\n</form>\n", exchange_say(exchange, MESSAGE_DESK_SEARCH));
}

/* --- the table ----------------------------------------------------------------------------------------------------- */

/* Chooses the fields that have columns: the first ones that are neither hidden, traps nor files. */
static size_t choose_columns(const struct form *form, const struct field *columns[COLUMNS])
{
	size_t n = 0;
	for (size_t i = 0; i < form->fields_n && n < COLUMNS; i++) {
		const struct field *field = &form->fields[i];
		if (field->type != FIELD_HIDDEN && field->type != FIELD_TRAP && field->type != FIELD_FILE)
			columns[n++] = field;
	}
	return n;
}

static void add_cell_value(struct text *cell, const json_t *value)
{
	if (!json_is_string(value) || !json_string_length(value) || cell->length > CELL_BYTES)
		return;
	text_put(cell, cell->length ? " \xc2\xb7 " : "");
	text_add(cell, json_string_value(value), json_string_length(value));
}

static void add_values(struct text *cell, const json_t *value)
{
	const json_t *one;
	size_t i;
	add_cell_value(cell, value);
	json_array_foreach(value, i, one)
		add_cell_value(cell, one);
}

static void put_list_cell(struct exchange *exchange, const struct text *cell)
{
	text_put(&exchange->response->body, "<td><span class=\"cut\">");
	escape_html(&exchange->response->body, (struct span){text_string(cell), cell->length});
	text_put(&exchange->response->body, "</span></td>");
}

/* A form without fields has one column, in which everything that was posted stands. */
static void put_cells(struct exchange *exchange, const json_t *record, const struct field *const *columns, size_t n)
{
	json_t *fields = json_object_get(record, "fields"), *value;
	struct text all = {.arena = exchange->arena};
	const char *name;
	for (size_t i = 0; i < n; i++) {
		struct text cell = {.arena = exchange->arena};
		add_values(&cell, json_object_get(fields, columns[i]->name));
		put_list_cell(exchange, &cell);
	}
	if (n)
		return;
	json_object_foreach(fields, name, value)
		add_values(&all, value);
	put_list_cell(exchange, &all);
}

static void put_row(const struct visit *visit, const struct selected *selected, const struct field *const *columns, size_t n)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	const char *date = message_date(exchange->catalogue, selected->received, exchange->arena);
	text_put(out, selected->mark.read ? "<tr>" : "<tr class=\"unread\">");
	escape_markup(out, "<td class=\"box\"><input type=\"checkbox\" name=\"id\" value=\"%s\" aria-label=\"%s\"></td>", selected->id,
		message_fill(exchange->catalogue, MESSAGE_DESK_TICK, exchange->arena, "date", date, NULL));
	escape_markup(out, "<td>%s<a href=\"%s\">%s</a></td>", selected->mark.star ? "\xe2\x98\x85 " : "",
		visit_outcome_uri(visit, selected->id), date);
	put_cells(exchange, selected->record, columns, n);
	escape_markup(out, "<td>%s%s%s</td></tr>\n", selected->suspect ? exchange_say(exchange, MESSAGE_DESK_SPAM) : "",
		selected->suspect && selected->mark.note ? ", " : "", selected->mark.note ? exchange_say(exchange, MESSAGE_DESK_NOTE) : "");
}

static void put_list_heads(struct exchange *exchange, const struct field *const *columns, size_t n)
{
	struct text *out = &exchange->response->body;
	text_put(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"list\">\n<table id=\"list\">\n<thead><tr>");
	escape_markup(
		out, "<th>%s</th><th>%s</th>", exchange_say(exchange, MESSAGE_DESK_SELECT), exchange_say(exchange, MESSAGE_DESK_RECEIVED));
	for (size_t i = 0; i < n; i++)
		escape_markup(out, "<th>%s</th>", columns[i]->label);
	if (!n)
		escape_markup(out, "<th>%s</th>", exchange_say(exchange, MESSAGE_DESK_CONTENT));
	escape_markup(out, "<th>%s</th></tr></thead>\n<tbody>\n", exchange_say(exchange, MESSAGE_DESK_MARKS));
}

static void put_buttons(struct exchange *exchange)
{
	static const struct {
		const char *value;
		enum message text;
	} buttons[] = {
		{"read", MESSAGE_DESK_MARK_READ},
		{"unread", MESSAGE_DESK_MARK_UNREAD},
		{"star", MESSAGE_DESK_STAR},
		{"unstar", MESSAGE_DESK_UNSTAR},
		{"spam", MESSAGE_DESK_IS_SPAM},
		{"ham", MESSAGE_DESK_IS_HAM},
		{"erase", MESSAGE_DESK_ERASE},
	};
	struct text *out = &exchange->response->body;
	text_put(out, "<div class=\"actions\">\n");
	for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
		escape_markup(out, "<button type=\"submit\" name=\"act\" value=\"%s\">%s</button>\n", buttons[i].value,
			exchange_say(exchange, buttons[i].text));
	text_put(out, "</div>\n");
}

/* Says how far the list goes, and links to what is older. */
static void put_end(const struct visit *visit, enum selection_found found, size_t rows, const char *last, int64_t last_day)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	if (found == SELECTION_PAUSED) {
		char day[DATE_DAY];
		date_day_write(day, last_day);
		escape_markup(
			out, "<p>%s</p>\n", message_fill(exchange->catalogue, MESSAGE_DESK_PAUSED, exchange->arena, "date", day, NULL));
	} else if (!rows) {
		escape_markup(out, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_DESK_NOTHING));
	}
	if (found == SELECTION_FAILED)
		escape_markup(out, "<p><strong>%s</strong></p>\n", exchange_say(exchange, MESSAGE_DESK_UNREADABLE));
	text_put(out, "<nav>");
	if (*visit->before)
		escape_markup(out, "<a href=\"%s\">%s</a>", visit_list_uri(visit, ""), exchange_say(exchange, MESSAGE_DESK_NEWEST));
	if (found == SELECTION_FOUND || found == SELECTION_PAUSED)
		escape_markup(out, "<a rel=\"next\" href=\"%s\">%s</a>", visit_list_uri(visit, last),
			exchange_say(exchange, found == SELECTION_PAUSED ? MESSAGE_DESK_GO_ON : MESSAGE_DESK_OLDER));
	text_put(out, "</nav>\n");
}

static void put_outcomes(const struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	const struct field *columns[COLUMNS];
	struct selected selected;
	enum selection_found found = SELECTION_END;
	char last[ID_LENGTH + 1] = "";
	int64_t last_day = 0;
	size_t n = choose_columns(exchange->form, columns), rows = 0;
	const char *token = visit_token(visit);
	escape_markup(out, "<form method=\"post\" action=\"%s\">\n<input type=\"hidden\" name=\"%s\" value=\"%s\">\n",
		visit_list_uri(visit, visit->before), SUBMISSION_TOKEN, token ? token : "");
	put_list_heads(exchange, columns, n);
	struct selection *selection =
		visit->secret ? selection_open(exchange->config, exchange->form, visit->secret, &visit->filter, visit->now) : NULL;
	bool begins = selection && (!*visit->before || selection_resume(selection, span_of(visit->before)));
	while (begins && (found = selection_next(selection, BUDGET, &selected)) == SELECTION_FOUND && rows < ROWS) {
		put_row(visit, &selected, columns, n);
		memcpy(last, selected.id, sizeof last);
		rows++;
	}
	if (found == SELECTION_PAUSED)
		strcpy(last, selection_cursor(selection, &last_day));
	text_put(out, "</tbody>\n</table>\n</div>\n");
	if (rows)
		put_buttons(exchange);
	text_put(out, "</form>\n");
	put_end(visit, found, rows, last, last_day);
	selection_close(selection);
}

void desk_form_answer(struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	if (exchange->request->method == METHOD_POST) {
		desk_change_many(visit);
		return;
	}
	visit_page_begin(visit, text_printed(exchange->arena, "%s: %s", exchange_say(exchange, MESSAGE_DESK), exchange->form->title),
		exchange->form->title);
	put_navigation(visit);
	put_choices(visit);
	put_outcomes(visit);
	page_end(exchange);
}
