/*
 * Whether what was posted keeps to a field's rules. The messages are for the visitor; they say what to do, since the
 * page shows them beside the field. Types are checked as HTML has browsers check them.
 */
#include "field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "date.h"
#include "diag.h"
#include "pattern.h"
#include "sniff.h"
#include "text.h"
#include "unit.h"

enum { EMAIL_MAX = 254, LABEL_MAX = 63 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* HTML, "valid e-mail address": labels of 1 to 63 letters, digits and inner hyphens, parted by single dots. */
static bool is_mail_domain(const char *domain)
{
	for (;;) {
		size_t n = strcspn(domain, ".");
		if (n == 0 || n > LABEL_MAX || !is_alphanumeric(domain[0]) || !is_alphanumeric(domain[n - 1]))
			return false;
		for (size_t i = 0; i < n; i++)
			if (!is_alphanumeric(domain[i]) && domain[i] != '-')
				return false;
		if (!domain[n])
			return true;
		domain += n + 1;
	}
}

static bool is_email(const char *value)
{
	const char *at = strchr(value, '@');
	if (!at || at == value || strlen(value) > EMAIL_MAX)
		return false;
	for (const char *c = value; c < at; c++)
		if (!is_alphanumeric(*c) && !strchr(".!#$%&'*+/=?^_`{|}~-", *c))
			return false;
	return is_mail_domain(at + 1);
}

/* Whether what stands behind "http:" names a host; user and port are none. */
static bool has_host(const char *rest)
{
	rest += strspn(rest, "/");
	size_t n = strcspn(rest, "/?#");
	for (size_t i = 0; i < n; i++)
		if (rest[i] == '@') {
			rest += i + 1;
			n -= i + 1;
			i = (size_t)-1;
		}
	return n > 0 && rest[0] != ':' && !memchr(rest, ' ', n);
}

/* An absolute URL: a scheme, then something; http and https need a host (WHATWG URL §4.4). */
static bool is_url(const char *value)
{
	size_t scheme = 0;
	while (is_alphanumeric(value[scheme]) || (scheme && value[scheme] && strchr("+-.", value[scheme])))
		scheme++;
	if (!scheme || is_digit(value[0]) || value[scheme] != ':')
		return false;
	const char *rest = value + scheme + 1;
	bool web = strncasecmp(value, "http:", scheme + 1) == 0 || strncasecmp(value, "https:", scheme + 1) == 0;
	return web ? has_host(rest) : *rest != '\0';
}

static const char *judge_length(const struct field *field, struct span value, struct arena *arena)
{
	double n = (double)utf8_characters(value);
	if (field->max.text && n > field->max.number)
		return text_printed(arena, "At most %.0f characters, please; this is %.0f.", field->max.number, n);
	if (field->min.text && (double)utf8_units(value) < field->min.number)
		return text_printed(arena, "At least %.0f characters, please; this is %.0f.", field->min.number, n);
	return NULL;
}

static const char *judge_number(const struct field *field, const char *value, struct arena *arena)
{
	double number;
	if (!unit_decimal_read(value, &number))
		return "Please give a number.";
	if (field->min.text && number < field->min.number)
		return text_printed(arena, "%s or more, please.", field->min.text);
	if (field->max.text && number > field->max.number)
		return text_printed(arena, "%s or less, please.", field->max.text);
	return NULL;
}

static const char *judge_date(const struct field *field, const char *value, struct arena *arena)
{
	if (!date_day_valid(value))
		return "Please give a date, as year-month-day: 2026-12-31.";
	if (field->min.text && strcmp(value, field->min.text) < 0)
		return text_printed(arena, "Not before %s, please.", field->min.text);
	if (field->max.text && strcmp(value, field->max.text) > 0)
		return text_printed(arena, "Not after %s, please.", field->max.text);
	return NULL;
}

static const char *judge_option(const struct field *field, const char *value)
{
	return !field->options_n || field_has_option(field, value) ? NULL : "Please choose one of those offered.";
}

static const char *judge_pattern(const struct field *field, struct span value)
{
	switch (field->pattern ? pattern_match(field->pattern, value) : PATTERN_MATCHES) {
	case PATTERN_MATCHES: return NULL;
	case PATTERN_FAILED: diag_error("the pattern of the field \"%s\" could not be matched within its bound", field->key); break;
	case PATTERN_DIFFERS: break;
	}
	return "Please keep to the form asked for.";
}

/* Control characters have no place in what people type; line ends only in a textarea. */
static const char *judge_characters(const struct field *field, struct span value)
{
	bool lines = field->type == FIELD_TEXTAREA || field->type == FIELD_HIDDEN;
	for (size_t i = 0; i < value.length; i++) {
		unsigned char c = (unsigned char)value.bytes[i];
		if ((c == '\n' || c == '\r') && !lines)
			return "One line only, please.";
		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
			return "There is a character in this that can't be used.";
	}
	return NULL;
}

/* One value that is not empty, blank though it may be. */
static const char *judge_value(const struct field *field, struct span value, struct arena *arena)
{
	const char *text = value.bytes, *wrong = judge_characters(field, value);
	if (wrong)
		return wrong;
	bool blank = !span_trim(value).length; /* so nothing was given, but for text that may be blank */
	if (blank && !field_counts_characters(field))
		return NULL;
	switch (field->type) {
	case FIELD_EMAIL: wrong = blank || is_email(text) ? NULL : "Please give an e-mail address, such as ada@example.org."; break;
	case FIELD_URL: wrong = blank || is_url(text) ? NULL : "Please give a web address, such as https://example.org/."; break;
	case FIELD_NUMBER: wrong = judge_number(field, text, arena); break;
	case FIELD_DATE: wrong = judge_date(field, text, arena); break;
	case FIELD_CHOICE:
	case FIELD_CHECKBOX: wrong = judge_option(field, text); break;
	default: break;
	}
	if (!wrong && field_counts_characters(field))
		wrong = judge_length(field, value, arena);
	return wrong ? wrong : judge_pattern(field, value);
}

static const char *judge_missing(const struct field *field)
{
	if (!field->required)
		return NULL;
	if (field->type == FIELD_CHOICE)
		return field->multiple ? "Please choose at least one." : "Please choose one.";
	if (field->type == FIELD_CHECKBOX)
		return field->options_n ? "Please tick at least one." : "Please tick this box.";
	return "Please fill this in.";
}

static const char *judge_count(const struct field *field, size_t n, struct arena *arena)
{
	bool several = field->multiple || (field->type == FIELD_CHECKBOX && field->options_n);
	if (!several)
		return n > 1 ? "This came more than once; one answer only, please." : NULL;
	if (field->max.text && (double)n > field->max.number)
		return text_printed(arena, "At most %s of these, please.", field->max.text);
	if (field->min.text && (double)n < field->min.number)
		return text_printed(arena, "At least %s of these, please.", field->min.text);
	return NULL;
}

/* The list as people write one. */
static const char *spaced(const char *list, struct arena *arena)
{
	struct text text = {.arena = arena};
	for (; *list; list++)
		text_add(&text, *list == ',' ? ", " : list, *list == ',' ? 2 : 1);
	return text_string(&text);
}

/* A name without its file comes from a form that is not multipart/form-data. */
static const char *judge_file(const struct field *field, const struct submission *submission, struct arena *arena)
{
	size_t n = 0, from = 0;
	const struct span *value = submission_next(submission, field->name, &from);
	if (value && value->length)
		return "The file did not come along, only its name.";
	for (const struct file *file = submission->files; file; file = file->next) {
		if (!span_is(file->field, field->name))
			continue;
		n++;
		if (file->too_large)
			return text_printed(arena, "This file is too large; at most %s, please.", field->max.text);
		if (field->accept && !sniff_accepts(field->accept, file->type, file->found))
			return text_printed(arena, "This type of file is not taken; please choose one of: %s.", spaced(field->accept, arena));
	}
	if (n > 1 && !field->multiple)
		return "One file only, please.";
	return !n && field->required ? "Please choose a file." : NULL;
}

const char *field_judge(const struct field *field, const struct submission *submission, struct arena *arena)
{
	size_t from = 0, n = 0;
	const struct span *value;
	const char *wrong = NULL;
	if (field->type == FIELD_TRAP)
		return NULL;
	if (field->type == FIELD_FILE)
		return judge_file(field, submission, arena);
	for (bool filled = false; (value = submission_next(submission, field->name, &from));) {
		filled = span_trim(*value).length > 0;
		n += filled;
		if (value->length && !wrong)
			wrong = judge_value(field, *value, arena);
	}
	if (wrong)
		return wrong;
	return n ? judge_count(field, n, arena) : judge_missing(field);
}
