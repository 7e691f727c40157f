/*
 * Each field is a block: label, hint, fault, control. A checkbox has its label beside it and the hint below. The rules that HTML knows
 * are in the attributes, so that browsers find most faults themselves; faults that the server finds stand beside their fields (WCAG 2.2,
 * 3.3.1 and 3.3.3).
 */
#include "answer/control.h"

#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "base/unit.h"

static const char *find_fault(const struct drawing *drawing, const struct field *field)
{
	for (size_t i = 0; i < drawing->faults_n; i++)
		if (strcmp(drawing->faults[i].name, field->name) == 0)
			return drawing->faults[i].message;
	return NULL;
}

/* Gives the value that the field is drawn with: the posted one, else its default. */
static struct span drawn_value(const struct drawing *drawing, const struct field *field)
{
	size_t from = 0;
	const struct span *value = drawing->posted ? submission_next(drawing->posted, field->name, &from) : NULL;
	if (value)
		return *value;
	return span_of(!drawing->posted && field->preset ? field->preset : "");
}

static bool is_chosen(const struct drawing *drawing, const struct field *field, const char *option)
{
	size_t from = 0;
	const struct span *value;
	if (!drawing->posted)
		return field->preset && strcmp(field->preset, option) == 0;
	while ((value = submission_next(drawing->posted, field->name, &from)))
		if (span_is(*value, option))
			return true;
	return false;
}

static void put_attribute(struct text *out, const char *name, struct span value)
{
	text_format(out, " %s=\"", name);
	escape_html(out, value);
	text_put(out, "\"");
}

static void put_invalid(const struct drawing *drawing, const struct field *field)
{
	if (find_fault(drawing, field))
		text_put(drawing->out, " aria-invalid=\"true\"");
}

static void put_describedby(const struct drawing *drawing, const struct field *field)
{
	const char *fault = find_fault(drawing, field);
	if (!fault && !field->help)
		return;
	text_put(drawing->out, " aria-describedby=\"");
	if (field->help)
		escape_markup(drawing->out, "hint-%s", field->key);
	if (fault)
		escape_markup(drawing->out, "%sfault-%s", field->help ? " " : "", field->key);
	text_put(drawing->out, "\"");
}

static void put_state(const struct drawing *drawing, const struct field *field)
{
	put_invalid(drawing, field);
	put_describedby(drawing, field);
}

static void put_hint(const struct drawing *drawing, const struct field *field)
{
	if (field->help)
		escape_markup(drawing->out, "<p class=\"hint\" id=\"hint-%s\">%s</p>\n", field->key, field->help);
}

static void put_fault(const struct drawing *drawing, const struct field *field)
{
	const char *fault = find_fault(drawing, field);
	if (fault)
		escape_markup(drawing->out, "<p class=\"fault\" id=\"fault-%s\">%s</p>\n", field->key, fault);
}

static void put_optional(const struct drawing *drawing, const struct field *field)
{
	if (!field->required)
		escape_markup(drawing->out, " <span class=\"optional\">%s</span>", message_text(drawing->catalogue, MESSAGE_OPTIONAL));
}

static void put_rules(const struct drawing *drawing, const struct field *field)
{
	bool counts = field_counts_characters(field);
	if (field->required)
		text_put(drawing->out, " required");
	if (field->min.text)
		escape_markup(drawing->out, counts ? " minlength=\"%s\"" : " min=\"%s\"", field->min.text);
	if (field->max.text)
		escape_markup(drawing->out, counts ? " maxlength=\"%s\"" : " max=\"%s\"", field->max.text);
	if (field->type == FIELD_NUMBER)
		text_put(drawing->out, " step=\"any\"");
	if (field->pattern && counts && field->type != FIELD_TEXTAREA)
		escape_markup(drawing->out, " pattern=\"%s\"", field->pattern);
	if (field->autocomplete)
		escape_markup(drawing->out, " autocomplete=\"%s\"", field->autocomplete);
}

/* Tells whether a browser would drop the value because it is not a date or number. A text input keeps it, so that it can be corrected. */
static bool would_be_dropped(const struct field *field, struct span value)
{
	double number;
	if (!value.length)
		return false;
	if (field->type == FIELD_DATE)
		return !date_day_valid(value.bytes);
	return field->type == FIELD_NUMBER && !unit_decimal_read(value.bytes, &number);
}

static void draw_input(const struct drawing *drawing, const struct field *field)
{
	struct span value = drawn_value(drawing, field);
	struct field as_text = *field;
	if (would_be_dropped(field, value)) {
		as_text.type = FIELD_TEXT;
		as_text.min.text = as_text.max.text = NULL;
		field = &as_text;
	}
	escape_markup(drawing->out, "<input type=\"%s\" id=\"field-%s\" name=\"%s\"", field_input_type(field), field->key, field->name);
	put_attribute(drawing->out, "value", value);
	put_rules(drawing, field);
	put_state(drawing, field);
	text_put(drawing->out, ">\n");
}

static void draw_file(const struct drawing *drawing, const struct field *field)
{
	escape_markup(drawing->out, "<input type=\"file\" id=\"field-%s\" name=\"%s\"", field->key, field->name);
	if (field->accept)
		escape_markup(drawing->out, " accept=\"%s\"", field->accept);
	if (field->multiple)
		text_put(drawing->out, " multiple");
	if (field->required)
		text_put(drawing->out, " required");
	put_state(drawing, field);
	text_put(drawing->out, ">\n");
}

static void draw_textarea(const struct drawing *drawing, const struct field *field)
{
	escape_markup(drawing->out, "<textarea id=\"field-%s\" name=\"%s\" rows=\"6\"", field->key, field->name);
	put_rules(drawing, field);
	put_state(drawing, field);
	text_put(drawing->out, ">\n"); /* HTML drops the first line end */
	escape_html(drawing->out, drawn_value(drawing, field));
	text_put(drawing->out, "</textarea>\n");
}

/* Tells whether a group of options begins or ends before option i. */
static bool is_border(const struct field *field, size_t i)
{
	const char *before = i ? field->options.groups[i - 1] : NULL, *after = i < field->options.n ? field->options.groups[i] : NULL;
	return before != after;
}

static void draw_select(const struct drawing *drawing, const struct field *field)
{
	escape_markup(drawing->out, "<select id=\"field-%s\" name=\"%s\"", field->key, field->name);
	if (field->required)
		text_put(drawing->out, " required");
	put_state(drawing, field);
	escape_markup(drawing->out, ">\n<option value=\"\">%s</option>\n",
		field->required ? message_text(drawing->catalogue, MESSAGE_CHOOSE_ONE) : "\xe2\x80\x93");
	for (size_t i = 0; i <= field->options.n; i++) {
		if (i && is_border(field, i) && field->options.groups[i - 1])
			text_put(drawing->out, "</optgroup>\n");
		if (i == field->options.n)
			break;
		if (is_border(field, i) && field->options.groups[i])
			escape_markup(drawing->out, "<optgroup label=\"%s\">\n", field->options.groups[i]);
		text_put(drawing->out, "<option");
		if (strcmp(field->options.values[i], field->options.labels[i]) != 0)
			escape_markup(drawing->out, " value=\"%s\"", field->options.values[i]);
		escape_markup(drawing->out, "%s>%s</option>\n", is_chosen(drawing, field, field->options.values[i]) ? " selected" : "",
			field->options.labels[i]);
	}
	text_put(drawing->out, "</select>\n");
}

static void draw_option(const struct drawing *drawing, const struct field *field, size_t i, bool several)
{
	text_put(drawing->out, "<label class=\"tick\">");
	escape_markup(drawing->out, "<input type=\"%s\" name=\"%s\" value=\"%s\"%s%s", several ? "checkbox" : "radio", field->name,
		field->options.values[i], is_chosen(drawing, field, field->options.values[i]) ? " checked" : "",
		field->required && !several ? " required" : "");
	if (i == 0)
		escape_markup(drawing->out, " id=\"field-%s\"", field->key);
	put_invalid(drawing, field);
	escape_markup(drawing->out, "> <span>%s</span></label>\n", field->options.labels[i]);
}

/* Draws a radio button or checkbox for each option, those of a group within a fieldset. */
static void draw_options(const struct drawing *drawing, const struct field *field, bool several)
{
	for (size_t i = 0; i < field->options.n; i++) {
		if (i && is_border(field, i) && field->options.groups[i - 1])
			text_put(drawing->out, "</fieldset>\n");
		if (is_border(field, i) && field->options.groups[i])
			escape_markup(drawing->out, "<fieldset class=\"group\">\n<legend>%s</legend>\n", field->options.groups[i]);
		draw_option(drawing, field, i, several);
	}
	if (field->options.groups[field->options.n - 1])
		text_put(drawing->out, "</fieldset>\n");
}

static void draw_tick(const struct drawing *drawing, const struct field *field)
{
	bool ticked = drawn_value(drawing, field).length > 0;
	put_fault(drawing, field);
	escape_markup(drawing->out, "<label class=\"tick\"><input type=\"checkbox\" id=\"field-%s\" name=\"%s\" value=\"%s\"%s%s",
		field->key, field->name, field->preset ? field->preset : "on", ticked && drawing->posted ? " checked" : "",
		field->required ? " required" : "");
	put_state(drawing, field);
	escape_markup(drawing->out, "> <span>%s", field->label);
	put_optional(drawing, field);
	text_put(drawing->out, "</span></label>\n");
	put_hint(drawing, field);
}

/* A trap is hidden by HTML itself, so that it never shows, whatever the style sheet. */
static void draw_trap(const struct drawing *drawing, const struct field *field)
{
	escape_markup(drawing->out, "<div hidden><label>%s <input type=\"text\" name=\"%s\" autocomplete=\"off\"></label></div>\n",
		field->label, field->name);
}

static void draw_hidden(const struct drawing *drawing, const struct field *field)
{
	escape_markup(drawing->out, "<input type=\"hidden\" name=\"%s\"", field->name);
	put_attribute(drawing->out, "value", drawn_value(drawing, field));
	text_put(drawing->out, ">\n");
}

static void draw_group(const struct drawing *drawing, const struct field *field, bool several)
{
	escape_markup(drawing->out, "<legend>%s", field->label);
	put_optional(drawing, field);
	text_put(drawing->out, "</legend>\n");
	put_hint(drawing, field);
	put_fault(drawing, field);
	draw_options(drawing, field, several);
}

static void draw_labelled(const struct drawing *drawing, const struct field *field)
{
	escape_markup(drawing->out, "<label for=\"field-%s\">%s", field->key, field->label);
	put_optional(drawing, field);
	text_put(drawing->out, "</label>\n");
	put_hint(drawing, field);
	put_fault(drawing, field);
	if (field->type == FIELD_TEXTAREA)
		draw_textarea(drawing, field);
	else if (field->type == FIELD_FILE)
		draw_file(drawing, field);
	else if (field->type == FIELD_CHOICE)
		draw_select(drawing, field);
	else
		draw_input(drawing, field);
}

void control_draw(const struct drawing *drawing, const struct field *field)
{
	bool several = field->multiple || field->type == FIELD_CHECKBOX;
	bool group = field->options.n && (several || field->options.n <= FIELD_RADIOS_MAX);
	if (field->type == FIELD_TRAP) {
		draw_trap(drawing, field);
		return;
	}
	if (field->type == FIELD_HIDDEN) {
		draw_hidden(drawing, field);
		return;
	}
	text_format(drawing->out, "<%s class=\"field%s\"", group ? "fieldset" : "div", find_fault(drawing, field) ? " wrong" : "");
	if (group) /* once for the group instead of once for each input */
		put_describedby(drawing, field);
	text_put(drawing->out, ">\n");
	if (group)
		draw_group(drawing, field, several);
	else if (field->type == FIELD_CHECKBOX)
		draw_tick(drawing, field);
	else
		draw_labelled(drawing, field);
	text_format(drawing->out, "</%s>\n", group ? "fieldset" : "div");
}
