/* A row of the list is a glance: values are cut, and all of them are on the page of the outcome. */
#include "desk/outcome_table.h"

#include <string.h>

#include "base/date.h"
#include "base/escape.h"

enum { COLUMNS = 3, CELL_BYTES = 300 };

static void put_column(struct outcome_table *table, const char *name, const char *label)
{
	table->columns[table->n].name = name;
	table->columns[table->n++].label = label;
}

/* Chooses what config.ini names under columns; without it, the first fields that are neither hidden, traps nor files. */
static void choose_columns(struct outcome_table *table, const struct form *form)
{
	table->n = 0;
	for (size_t i = 0; i < form->columns.n && table->n < FORM_COLUMNS_MAX; i++) {
		const char *name = form->columns.words[i];
		const struct field *field = form_field(form, span_of(name));
		put_column(table, field ? field->name : name, field ? field->label : name);
	}
	for (size_t i = 0; !form->columns.n && i < form->fields_n && table->n < COLUMNS; i++) {
		const struct field *field = &form->fields[i];
		if (field->type != FIELD_HIDDEN && field->type != FIELD_TRAP && field->type != FIELD_FILE)
			put_column(table, field->name, field->label);
	}
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

/* Appends the names of the files that came under a name. */
static void add_files(struct text *cell, const json_t *record, const char *name)
{
	const json_t *file;
	size_t i;
	json_array_foreach(json_object_get(record, "files"), i, file) {
		const char *field = json_string_value(json_object_get(file, "field"));
		if (field && strcmp(field, name) == 0)
			add_cell_value(cell, json_object_get(file, "filename"));
	}
}

/* A form without fields or columns has one column, in which everything that was posted stands. */
static void put_cells(struct exchange *exchange, const json_t *record, const struct outcome_table *table)
{
	json_t *fields = json_object_get(record, "fields"), *value;
	struct text all = {.arena = exchange->arena};
	const char *name;
	for (size_t i = 0; i < table->n; i++) {
		struct text cell = {.arena = exchange->arena};
		add_values(&cell, json_object_get(fields, table->columns[i].name));
		add_files(&cell, record, table->columns[i].name);
		put_list_cell(exchange, &cell);
	}
	if (table->n)
		return;
	json_object_foreach(fields, name, value)
		add_values(&all, value);
	put_list_cell(exchange, &all);
}

void outcome_table_put_row(const struct outcome_table *table, const struct visit *visit, const struct selected *selected)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	const char *date = message_date(exchange->catalogue, selected->received, exchange->arena);
	char stamp[DATE_STAMP];
	text_put(out, selected->mark.read ? "<tr>" : "<tr class=\"unread\">");
	escape_markup(out, "<td class=\"box\"><input type=\"checkbox\" name=\"id\" value=\"%s\" aria-label=\"%s\"></td>", selected->id,
		message_fill(exchange->catalogue, MESSAGE_DESK_TICK, exchange->arena, "date", date, NULL));
	date_stamp_write(stamp, (struct timespec){.tv_sec = selected->received});
	escape_markup(out, "<td>%s<a href=\"%s\"><time datetime=\"%s\">%s</time></a></td>", selected->mark.star ? "\xe2\x98\x85 " : "",
		visit_outcome_uri(visit, selected->id), stamp, text_printed(exchange->arena, "%.10s %.5s", stamp, stamp + 11));
	put_cells(exchange, selected->record, table);
	escape_markup(out, "<td>%s%s%s</td></tr>\n", selected->suspect ? exchange_say(exchange, MESSAGE_DESK_SPAM) : "",
		selected->suspect && selected->mark.note ? ", " : "", selected->mark.note ? exchange_say(exchange, MESSAGE_DESK_NOTE) : "");
}

void outcome_table_begin(struct outcome_table *table, const struct exchange *exchange)
{
	struct text *out = &exchange->response->body;
	choose_columns(table, exchange->form);
	text_put(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"list\">\n<table id=\"list\">\n<thead><tr>");
	escape_markup(out, "<th>%s</th><th>%s (UTC)</th>", exchange_say(exchange, MESSAGE_DESK_SELECT),
		exchange_say(exchange, MESSAGE_DESK_RECEIVED));
	for (size_t i = 0; i < table->n; i++)
		escape_markup(out, "<th>%s</th>", table->columns[i].label);
	if (!table->n)
		escape_markup(out, "<th>%s</th>", exchange_say(exchange, MESSAGE_DESK_CONTENT));
	escape_markup(out, "<th>%s</th></tr></thead>\n<tbody>\n", exchange_say(exchange, MESSAGE_DESK_MARKS));
}

void outcome_table_end(const struct exchange *exchange)
{
	text_put(&exchange->response->body, "</tbody>\n</table>\n</div>\n");
}
