/*
 * A form whose fields config.ini lists has a column for each of them, and one named extra for all else that was posted, as JSON. A form
 * that takes anything has a column for each name that came, which takes a reading of its own.
 */
#include "command/export.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/date.h"
#include "base/diag.h"
#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "command/outcome_print.h"
#include "command/progress.h"
#include "keep/log_day.h"

enum { COLUMNS_MAX = 1000 };

/* Makes Excel read a file as UTF-8. */
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct exporting {
	const struct config *config;
	const struct form *form;
	const struct export_options *options;
	json_t *columns; /* an object, for the order of its names */
	FILE *out;
	struct selection *selection;
	const struct selected *selected; /* the outcome that is being taken */
	struct progress progress;
	uintmax_t count;
	bool failed, full; /* lines that can't be read; names beyond the most */
};

/* Takes the record of an outcome that the filter chooses. */
typedef void record_taker(struct exporting *, const json_t *record, struct arena *);

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
		progress_print(&export->progress, "%ju outcomes", ++export->count);
	}
	arena_reset(&reading->arena);
	return 0;
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
		if (log_day_named(names[i]->d_name, &day, node) && may_hold(export->options->filter, day))
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

/* Gives the length of the character that begins a formula in some spreadsheet, full-width ones included; 0 if none begins here. */
static size_t formula_start(struct span value)
{
	static const char *const starts[] = {"=", "@", "+", "-", "\xEF\xBC\x9D", "\xEF\xBC\xA0", "\xEF\xBC\x8B", "\xEF\xBC\x8D"};
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		size_t n = strlen(starts[i]);
		if (value.length >= n && memcmp(value.bytes, starts[i], n) == 0)
			return n;
	}
	return 0;
}

/* Tells whether a spreadsheet may take a text for a formula; a number with a sign, such as that of a telephone, is none. */
static bool is_formula(struct span value)
{
	while (value.length && strchr(" \"", *value.bytes)) /* some drop these first */
		value = (struct span){value.bytes + 1, value.length - 1};
	size_t n = formula_start(value);
	if (!n || value.bytes[n - 1] == '=' || value.bytes[n - 1] == '@' || n > 1)
		return n > 0;
	for (size_t i = n; i < value.length; i++)
		if (!ascii_is_digit(value.bytes[i]) && !strchr(" ().,/-", value.bytes[i]))
			return true;
	return false;
}

/* Gives the length of what comes before the next byte at which a reader may part cells that is set up otherwise. */
static size_t cell_part(struct span value)
{
	size_t n = 0;
	while (n < value.length && !strchr(";\t\n\r", value.bytes[n]))
		n++;
	return n;
}

/* Appends a text with its quotes doubled, and U+FFFD for control characters that may not stand in a file of text. */
static void put_text(struct text *row, struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		const unsigned char c = (unsigned char)text.bytes[i];
		bool pair = c == 0xC2 && i + 1 < text.length && (unsigned char)text.bytes[i + 1] >= 0x80 &&
			(unsigned char)text.bytes[i + 1] < 0xA0;
		if (pair || c == 0x7F || (c < ' ' && !strchr("\t\n\r", c ? c : 1)))
			text_put(row, "\xEF\xBF\xBD");
		else
			text_add(row, c == '"' ? "\"\"" : text.bytes + i, c == '"' ? 2 : 1);
		i += pair;
	}
}

/* Appends a cell. An apostrophe keeps each part of it from being a formula, whatever a reader parts cells at. */
static void put_cell(struct text *row, struct span value)
{
	text_put(row, row->length ? ",\"" : "\"");
	if (value.length && strchr("\t\r", *value.bytes))
		text_byte(row, '\'');
	while (value.length) {
		size_t n = cell_part(value), parted = n < value.length;
		struct span part = {value.bytes, n};
		text_put(row, is_formula(part) ? "'" : "");
		put_text(row, (struct span){value.bytes, n + parted});
		value = (struct span){value.bytes + n + parted, value.length - n - parted};
	}
	text_byte(row, '"');
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

static void print_row(const struct exporting *export, struct text *row)
{
	text_put(row, "\r\n");
	fwrite(row->bytes, 1, row->length, export->out);
}

/* Appends a column's heading: the label of a field, or its name. */
static void put_heading(const struct exporting *export, struct text *row, const char *name)
{
	const struct field *field = export->options->labels ? form_field(export->form, span_of(name)) : NULL;
	put_cell(row, span_of(field ? field->label : name));
}

static void print_names(const struct exporting *export, struct arena *arena)
{
	struct text row = {.arena = arena};
	const char *name;
	json_t *value;
	bool labels = export->options->labels;
	put_cell(&row, span_of(labels ? "Id" : "id"));
	put_cell(&row, span_of(labels ? "Received" : "received"));
	json_object_foreach(export->columns, name, value)
		put_heading(export, &row, name);
	if (export->form->fields_n)
		put_cell(&row, span_of(labels ? "Extra" : "extra"));
	put_cell(&row, span_of(labels ? "Spam" : "spam"));
	fputs(export->options->excel ? BYTE_ORDER_MARK : "", export->out);
	print_row(export, &row);
}

/* Appends the moment of the post, in UTC: as it was kept or, for spreadsheets, as they know moments. */
static void put_received(const struct exporting *export, struct text *row, const json_t *record)
{
	struct span received = string_of(record, "received");
	char moment[sizeof "YYYY-MM-DD hh:mm:ss"];
	if (!export->options->excel || received.length < sizeof moment - 1) {
		put_cell(row, received);
		return;
	}
	snprintf(moment, sizeof moment, "%.10s %.8s", received.bytes, received.bytes + sizeof "YYYY-MM-DD");
	put_cell(row, span_of(moment));
}

static void print_record(struct exporting *export, const json_t *record, struct arena *arena)
{
	struct text row = {.arena = arena}, extra = {.arena = arena};
	const char *name;
	json_t *value;
	put_cell(&row, string_of(record, "id"));
	put_received(export, &row, record);
	json_object_foreach(export->columns, name, value)
		put_cell(&row, values_of(record, name, arena));
	if (json_object_get(record, "extra"))
		json_write(&extra, json_object_get(record, "extra"), JSON_COMPACT);
	if (export->form->fields_n)
		put_cell(&row, (struct span){text_string(&extra), extra.length});
	put_cell(&row, span_of(export->selected->suspect ? export->selected->suspect : ""));
	print_row(export, &row);
}

static void print_line_of_json(struct exporting *export, const json_t *record, struct arena *arena)
{
	(void)record, (void)arena;
	outcome_print_json(export->out, export->selected);
}

static void print_table(struct exporting *export)
{
	struct arena arena = {0};
	const struct form *form = export->form;
	export->columns = json_made(json_object());
	for (size_t i = 0; i < form->fields_n; i++)
		add_column(export, form->fields[i].name);
	if (!form->fields_n)
		each_log(export, add_names);
	print_names(export, &arena);
	each_log(export, print_record);
	if (export->full)
		diag_error("the form \"%s\" has had more than %d names of fields: the rest is left out", form->name, COLUMNS_MAX);
	json_decref(export->columns);
	arena_free(&arena);
}

int export_print(
	const struct config *config, const struct form *form, const struct secret *secret, const struct export_options *options, FILE *out)
{
	struct exporting export = {.config = config, .form = form, .options = options, .out = out};
	export.selection = selection_open(config, form, secret, options->filter, time(NULL));
	progress_begin(&export.progress, "export");
	export.progress.terminal = export.progress.terminal && isatty(fileno(out)) != 1;
	if (options->json)
		each_log(&export, print_line_of_json);
	else
		print_table(&export);
	progress_clear(&export.progress);
	bool failed = export.failed || export.full || selection_failed(export.selection);
	selection_close(export.selection);
	return failed ? -1 : 0;
}
