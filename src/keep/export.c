/*
 * A form whose fields config.ini lists has a column for each of them, and one named extra for all else that was posted, as JSON. A form
 * that takes anything has a column for each name that came, which takes a reading of its own.
 */
#include "keep/export.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "keep/csv.h"
#include "keep/log_day.h"
#include "keep/outcome_json.h"

enum { COLUMNS_MAX = 1000, PIECE = 64 * 1024 };

/* Makes Excel read a file as UTF-8. */
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct exporting {
	const struct config *config;
	const struct form *form;
	const struct export_options *options;
	json_t *columns; /* an object, for the order of its names */
	const struct export_sink *sink;
	struct text out; /* rows that the sink has not got yet */
	struct selection *selection;
	const struct selected *selected; /* the outcome that is being taken */
	uintmax_t count;
	bool failed, full; /* lines that can't be read; names beyond the most */
	bool refused;      /* the sink takes no more */
};

/* Takes the record of an outcome that the filter chooses. */
typedef void record_taker(struct exporting *, const json_t *record, struct arena *);

/* --- the sink ------------------------------------------------------------------------------------------------------ */

/* Hands on what there is, once it is enough to be worth a call. */
static void hand_on(struct exporting *export, size_t least)
{
	if (export->out.length < least || !export->out.length || export->refused)
		return;
	export->refused = export->sink->write(export->sink->context, export->out.bytes, export->out.length) < 0;
	export->out.length = 0;
}

/* --- the logs ------------------------------------------------------------------------------------------------------ */

/* What is done with each record of a day. */
struct export_reading {
	struct exporting *export;
	record_taker *take;
	struct arena arena;
};

static int take_record(void *context, struct place place, struct span line)
{
	struct export_reading *reading = context;
	struct exporting *export = reading->export;
	struct selected selected;
	if (selection_take(export->selection, place.day, line, &selected)) {
		export->selected = &selected;
		reading->take(export, selected.record, &reading->arena);
		export->count++;
		if (export->options->took)
			export->options->took(export->options->context, export->count);
	}
	arena_reset(&reading->arena);
	return export->refused;
}

/* Hands each record of a node's day to the taker. */
static void each_record(struct exporting *export, uint16_t day, const char *node, record_taker *take)
{
	struct export_reading reading = {.export = export, .take = take};
	struct log log;
	log_begin(&log, export->config->data, export->form->name, node, false);
	export->failed |= log_day_each(&log, (struct place){.day = day}, take_record, &reading) < 0;
	log_end(&log);
	arena_free(&reading.arena);
}

/* Tells whether the log of a day may hold what the filter chooses: a line is in the log of the day of its append, or of the next. */
static bool may_hold(const struct filter *filter, uint16_t day)
{
	return (!filter->from || day >= date_day(filter->from)) && (!filter->until || day <= date_day(filter->until) + 1);
}

static void each_log(struct exporting *export, record_taker *take)
{
	char path[PATH_MAX], node[CONFIG_NAME_MAX + 1];
	struct log log;
	struct dirent **names;
	uint16_t day;
	export->count = 0;
	log_begin(&log, export->config->data, export->form->name, "", false);
	log_folder(&log, path);
	int n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (!export->refused && log_day_named(names[i]->d_name, &day, node) && may_hold(export->options->filter, day))
			each_record(export, day, node, take);
		free(names[i]);
	}
	if (n >= 0)
		free(names); /* a form to which nothing was posted has no folder */
	log_end(&log);
}

/* --- the table ----------------------------------------------------------------------------------------------------- */

static void add_column(struct exporting *export, const char *name)
{
	if (json_object_size(export->columns) >= COLUMNS_MAX && !json_object_get(export->columns, name))
		export->full = true;
	else if (json_object_set_new_nocheck(export->columns, name, json_true()) < 0)
		diag_die("out of memory");
}

static void add_names(struct exporting *export, const json_t *record, struct arena *arena)
{
	const char *name;
	json_t *value;
	const json_t *file;
	size_t i;
	(void)arena;
	json_object_foreach(json_object_get(record, "fields"), name, value)
		add_column(export, name);
	json_array_foreach(json_object_get(record, "files"), i, file)
		if (json_is_string(json_object_get(file, "field")))
			add_column(export, json_string_value(json_object_get(file, "field")));
}

/* Appends a further value to those of a cell, a line each. */
static void add_value(struct text *cell, const json_t *value)
{
	if (!json_is_string(value))
		return;
	text_put(cell, cell->length ? "\n" : "");
	text_add(cell, json_string_value(value), json_string_length(value));
}

/* What came under a name: values, or where below the form's folder its uploads are. */
static struct span values_of(const json_t *record, const char *name, struct arena *arena)
{
	struct text cell = {.arena = arena};
	const json_t *value = json_object_get(json_object_get(record, "fields"), name), *one;
	size_t i;
	if (json_is_string(value))
		add_value(&cell, value);
	json_array_foreach(value, i, one)
		add_value(&cell, one);
	json_array_foreach(json_object_get(record, "files"), i, one)
		if (json_is_string(json_object_get(one, "path")) && json_is_string(json_object_get(one, "field")) &&
			span_is(span_of(name), json_string_value(json_object_get(one, "field"))))
			add_value(&cell, json_object_get(one, "path"));
	return (struct span){text_string(&cell), cell.length};
}

static struct span string_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	return (struct span){json_string_value(value), json_string_length(value)};
}

static void end_row(struct exporting *export, struct text *row)
{
	text_put(row, "\r\n");
	text_add(&export->out, row->bytes, row->length);
	hand_on(export, PIECE);
}

/* Appends a column's heading: the label of a field, or its name. */
static void put_heading(const struct exporting *export, struct text *row, const char *name)
{
	const struct field *field = export->options->labels ? form_field(export->form, span_of(name)) : NULL;
	csv_put_cell(row, span_of(field ? field->label : name));
}

static void put_names(struct exporting *export, struct arena *arena)
{
	struct text row = {.arena = arena};
	const char *name;
	json_t *value;
	bool labels = export->options->labels;
	csv_put_cell(&row, span_of(labels ? "Id" : "id"));
	csv_put_cell(&row, span_of(labels ? "Received" : "received"));
	json_object_foreach(export->columns, name, value)
		put_heading(export, &row, name);
	if (export->form->fields_n)
		csv_put_cell(&row, span_of(labels ? "Extra" : "extra"));
	csv_put_cell(&row, span_of(labels ? "Spam" : "spam"));
	text_put(&export->out, export->options->excel ? BYTE_ORDER_MARK : "");
	end_row(export, &row);
}

/* Appends the moment of the post, in UTC: as it was kept or, for spreadsheets, as they know moments. */
static void put_received(const struct exporting *export, struct text *row, const json_t *record)
{
	struct span received = string_of(record, "received");
	char moment[sizeof "YYYY-MM-DD hh:mm:ss"];
	if (!export->options->excel || received.length < sizeof moment - 1) {
		csv_put_cell(row, received);
		return;
	}
	snprintf(moment, sizeof moment, "%.10s %.8s", received.bytes, received.bytes + sizeof "YYYY-MM-DD");
	csv_put_cell(row, span_of(moment));
}

static void put_record(struct exporting *export, const json_t *record, struct arena *arena)
{
	struct text row = {.arena = arena}, extra = {.arena = arena};
	const char *name;
	json_t *value;
	csv_put_cell(&row, string_of(record, "id"));
	put_received(export, &row, record);
	json_object_foreach(export->columns, name, value)
		csv_put_cell(&row, values_of(record, name, arena));
	if (json_object_get(record, "extra"))
		json_write(&extra, json_object_get(record, "extra"), JSON_COMPACT);
	if (export->form->fields_n)
		csv_put_cell(&row, (struct span){text_string(&extra), extra.length});
	csv_put_cell(&row, span_of(export->selected->suspect ? export->selected->suspect : ""));
	end_row(export, &row);
}

static void put_json(struct exporting *export, const json_t *record, struct arena *arena)
{
	(void)record, (void)arena;
	outcome_json_write(&export->out, export->selected);
	hand_on(export, PIECE);
}

static void put_table(struct exporting *export)
{
	struct arena arena = {0};
	const struct form *form = export->form;
	export->columns = json_made(json_object());
	for (size_t i = 0; i < form->fields_n; i++)
		add_column(export, form->fields[i].name);
	if (!form->fields_n)
		each_log(export, add_names);
	put_names(export, &arena);
	each_log(export, put_record);
	if (export->full)
		diag_error("the form \"%s\" has had more than %d names of fields: the rest is left out", form->name, COLUMNS_MAX);
	json_decref(export->columns);
	arena_free(&arena);
}

int export_write(const struct config *config, const struct form *form, const struct secret *secret, const struct export_options *options,
	const struct export_sink *sink)
{
	struct arena arena = {0};
	struct exporting export = {.config = config, .form = form, .options = options, .sink = sink, .out = {.arena = &arena}};
	export.selection = selection_open(config, form, secret, options->filter, time(NULL));
	if (options->json)
		each_log(&export, put_json);
	else
		put_table(&export);
	hand_on(&export, 0);
	bool failed = export.failed || export.full || export.refused || selection_failed(export.selection);
	selection_close(export.selection);
	arena_free(&arena);
	return failed ? -1 : 0;
}
