/* Outcomes on their way to a terminal or another program. What visitors wrote is escaped for either. */
#define _DEFAULT_SOURCE /* TIOCGWINSZ */
#include "command/outcome_print.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "keep/outcome_json.h"

enum { WIDTH_WITHOUT_TERMINAL = 160, SUMMARY_LEAST = 20, SUMMARY_BYTES = 1000 };

bool outcome_print_to_person(void)
{
	return isatty(STDOUT_FILENO) == 1;
}

void outcome_print_json(FILE *out, const struct selected *selected)
{
	struct arena arena = {0};
	struct text line = {.arena = &arena};
	outcome_json_write(&line, selected);
	fwrite(line.bytes, 1, line.length, out);
	arena_free(&arena);
}

static size_t terminal_width(void)
{
	struct winsize size;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : WIDTH_WITHOUT_TERMINAL;
}

/* Appends a value on one line. */
static void add_flat(struct text *out, const json_t *value)
{
	if (!json_is_string(value) || !json_string_length(value) || out->length > SUMMARY_BYTES)
		return;
	text_put(out, out->length ? " \xc2\xb7 " : "");
	size_t before = out->length;
	escape_terminal(out, (struct span){json_string_value(value), json_string_length(value)});
	for (char *c = out->bytes + before; *c; c++)
		*c = *c == '\n' || *c == '\t' ? ' ' : *c;
}

/* Appends what was filled in, in the order in which it was posted. */
static void add_summary(struct text *out, const json_t *record)
{
	const char *name;
	json_t *value, *one;
	size_t i;
	json_object_foreach(json_object_get(record, "fields"), name, value) {
		add_flat(out, value);
		json_array_foreach(value, i, one)
			add_flat(out, one);
	}
}

/* Cuts text to so many characters. */
static void cut_to(struct text *text, size_t width)
{
	size_t n = 0, at = 0;
	while (at < text->length && n < width) {
		size_t length = utf8_sequence(text->bytes + at, text->length - at);
		at += length ? length : 1;
		n++;
	}
	text->length = at < text->length ? at : text->length;
	if (text->bytes)
		text->bytes[text->length] = '\0';
}

void outcome_print_row(FILE *out, const struct form *form, const struct selected *selected)
{
	struct arena arena = {0};
	struct text row = {.arena = &arena}, summary = {.arena = &arena};
	char stamp[DATE_STAMP];
	date_stamp_write(stamp, (struct timespec){.tv_sec = selected->received});
	text_format(&row, "%s  %.10s %.5s  %-10s %c%c%c%c  ", selected->id, stamp, stamp + 11, form->name, selected->mark.read ? ' ' : 'U',
		selected->mark.star ? '*' : ' ', selected->suspect ? 'S' : ' ', selected->mark.note ? 'N' : ' ');
	size_t width = terminal_width();
	add_summary(&summary, selected->record);
	cut_to(&summary, width > row.length + SUMMARY_LEAST ? width - row.length : SUMMARY_LEAST);
	fprintf(out, "%s%s\n", row.bytes, text_string(&summary));
	arena_free(&arena);
}

static void print_line(FILE *out, const char *label, const char *value)
{
	struct arena arena = {0};
	struct text line = {.arena = &arena};
	escape_terminal(&line, span_of(label));
	text_put(&line, ": ");
	size_t indent = line.length;
	escape_terminal(&line, span_of(value));
	for (const char *c = text_string(&line); *c; c++) {
		fputc(*c, out);
		if (*c == '\n') /* a value of several lines stays below its first one */
			fprintf(out, "%*s", indent < SUMMARY_LEAST ? (int)indent : SUMMARY_LEAST, "");
	}
	fputc('\n', out);
	arena_free(&arena);
}

static void print_values(FILE *out, const struct form *form, json_t *object)
{
	const char *name;
	json_t *value, *one;
	size_t i;
	json_object_foreach(object, name, value) {
		const struct field *field = form_field(form, span_of(name));
		const char *label = field ? field->label : name;
		if (json_is_string(value))
			print_line(out, label, json_string_value(value));
		json_array_foreach(value, i, one)
			if (json_is_string(one))
				print_line(out, label, json_string_value(one));
	}
}

static void print_files(FILE *out, const struct form *form, const json_t *record)
{
	json_t *file;
	size_t i;
	json_array_foreach(json_object_get(record, "files"), i, file) {
		const char *name = json_string_value(json_object_get(file, "field")),
			   *path = json_string_value(json_object_get(file, "path"));
		const struct field *field = name ? form_field(form, span_of(name)) : NULL;
		if (name && path)
			print_line(out, field ? field->label : name, path);
	}
}

void outcome_print_whole(FILE *out, const struct form *form, const struct selected *selected)
{
	const json_t *client = json_object_get(selected->record, "client");
	const char *address = json_string_value(json_object_get(client, "address")),
		   *agent = json_string_value(json_object_get(client, "agent"));
	const char *received = json_string_value(json_object_get(selected->record, "received"));
	print_line(out, "Id", selected->id);
	print_line(out, "Form", form->name);
	print_line(out, "Received", received ? received : "");
	print_values(out, form, json_object_get(selected->record, "fields"));
	print_values(out, form, json_object_get(selected->record, "extra"));
	print_files(out, form, selected->record);
	if (address)
		print_line(out, "Client", address);
	if (agent)
		print_line(out, "Agent", agent);
	if (selected->suspect)
		print_line(out, "Spam", selected->suspect);
	print_line(out, "Read", selected->mark.read ? "yes" : "no");
	if (selected->mark.star)
		print_line(out, "Starred", "yes");
	if (selected->mark.note)
		print_line(out, "Note", selected->mark.note);
}
