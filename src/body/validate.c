/* Validation of what was posted for a field. Types are checked as the HTML standard has browsers check them. */
#include "body/validate.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/date.h"
#include "base/diag.h"
#include "base/span.h"
#include "base/text.h"
#include "base/unit.h"
#include "base/utf8.h"
#include "body/accept.h"
#include "config/email.h"
#include "config/option_list.h"
#include "config/pattern.h"

/* The language of the messages, and the arena that they live in. */
struct validation {
	const struct catalogue *catalogue;
	struct arena *arena;
};

static const char *message_of(const struct validation *validation, enum message message)
{
	return message_text(validation->catalogue, message);
}

/* Returns a message with one hole filled. */
static const char *message_with(const struct validation *validation, enum message message, const char *hole, const char *value)
{
	return message_fill(validation->catalogue, message, validation->arena, hole, value, NULL);
}

/* Tells whether the text after "http:" names a host; a user and a port don't count. */
static bool has_host(const char *rest)
{
	rest += strspn(rest, "/");
	size_t n = strcspn(rest, "/?#");
	for (const char *at; (at = memchr(rest, '@', n)); rest = at + 1)
		n -= (size_t)(at + 1 - rest);
	return n > 0 && rest[0] != ':' && !memchr(rest, ' ', n);
}

/* Tells whether the value is an absolute URL: a scheme, then something; http and https need a host (WHATWG URL §4.4). */
static bool is_url(const char *value)
{
	size_t scheme = 0;
	while (ascii_is_alphanumeric(value[scheme]) || (scheme && value[scheme] && strchr("+-.", value[scheme])))
		scheme++;
	if (!scheme || ascii_is_digit(value[0]) || value[scheme] != ':')
		return false;
	const char *rest = value + scheme + 1;
	bool web = strncasecmp(value, "http:", scheme + 1) == 0 || strncasecmp(value, "https:", scheme + 1) == 0;
	return web ? has_host(rest) : *rest != '\0';
}

static const char *message_length(const struct validation *validation, enum message message, const char *bound, double wanted, double n)
{
	return message_fill(validation->catalogue, message, validation->arena, bound, text_printed(validation->arena, "%.0f", wanted), "n",
		text_printed(validation->arena, "%.0f", n), NULL);
}

static const char *check_length(const struct field *field, struct span value, const struct validation *validation)
{
	bool too_long = field->max.text && (double)value.length > field->max.number && /* there are no more characters than bytes */
		(double)utf8_characters(value) > field->max.number;
	if (too_long)
		return message_length(validation, MESSAGE_TOO_LONG, "max", field->max.number, (double)utf8_characters(value));
	if (field->min.text && (double)utf8_units(value) < field->min.number)
		return message_length(validation, MESSAGE_TOO_SHORT, "min", field->min.number, (double)utf8_characters(value));
	return NULL;
}

static const char *check_number(const struct field *field, const char *value, const struct validation *validation)
{
	double number;
	if (!unit_decimal_read(value, &number))
		return message_of(validation, MESSAGE_NO_NUMBER);
	if (field->min.text && number < field->min.number)
		return message_with(validation, MESSAGE_TOO_SMALL, "min", field->min.text);
	if (field->max.text && number > field->max.number)
		return message_with(validation, MESSAGE_TOO_BIG, "max", field->max.text);
	return NULL;
}

static const char *check_date(const struct field *field, const char *value, const struct validation *validation)
{
	if (!date_day_valid(value))
		return message_of(validation, MESSAGE_NO_DATE);
	if (field->min.text && strcmp(value, field->min.text) < 0)
		return message_with(validation, MESSAGE_TOO_EARLY, "min", field->min.text);
	if (field->max.text && strcmp(value, field->max.text) > 0)
		return message_with(validation, MESSAGE_TOO_LATE, "max", field->max.text);
	return NULL;
}

static const char *check_option(const struct field *field, const char *value, const struct validation *validation)
{
	return !field->options.n || option_list_has(&field->options, value) ? NULL : message_of(validation, MESSAGE_NOT_OFFERED);
}

static const char *check_pattern(const struct field *field, struct span value, const struct validation *validation)
{
	switch (field->pattern ? pattern_match(field->pattern, value) : PATTERN_MATCHES) {
	case PATTERN_MATCHES: return NULL;
	case PATTERN_FAILED: diag_error("the pattern of the field \"%s\" could not be matched within its bound", field->key); break;
	case PATTERN_DIFFERS: break;
	}
	return message_of(validation, MESSAGE_OTHER_PATTERN);
}

/* Refuses control characters, which people don't type; line ends are for a textarea only. */
static const char *check_characters(const struct field *field, struct span value, const struct validation *validation)
{
	bool lines = field->type == FIELD_TEXTAREA || field->type == FIELD_HIDDEN;
	for (size_t i = 0; i < value.length; i++) {
		unsigned char c = (unsigned char)value.bytes[i];
		if (c >= ' ' && c < 0x7f)
			continue;
		if ((c == '\n' || c == '\r') && !lines)
			return message_of(validation, MESSAGE_ONE_LINE);
		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
			return message_of(validation, MESSAGE_BAD_CHARACTER);
	}
	return NULL;
}

/* Checks one value, which is not empty but may be blank. */
static const char *check_value(const struct field *field, struct span value, const struct validation *validation)
{
	const char *text = value.bytes, *wrong = check_characters(field, value, validation);
	if (wrong)
		return wrong;
	bool blank = utf8_is_blank(value); /* counts as nothing, except in a field for text */
	if (blank && !field_counts_characters(field))
		return NULL;
	switch (field->type) {
	case FIELD_EMAIL: wrong = blank || email_valid(text) ? NULL : message_of(validation, MESSAGE_NO_EMAIL); break;
	case FIELD_URL: wrong = blank || is_url(text) ? NULL : message_of(validation, MESSAGE_NO_URL); break;
	case FIELD_NUMBER: wrong = check_number(field, text, validation); break;
	case FIELD_DATE: wrong = check_date(field, text, validation); break;
	case FIELD_CHOICE:
	case FIELD_CHECKBOX: wrong = check_option(field, text, validation); break;
	default: break;
	}
	if (!wrong && field_counts_characters(field))
		wrong = check_length(field, value, validation);
	return wrong ? wrong : check_pattern(field, value, validation);
}

static enum message missing_of(const struct field *field)
{
	if (field->type == FIELD_CHOICE)
		return field->multiple ? MESSAGE_CHOOSE_SOME : MESSAGE_CHOOSE_ONE;
	if (field->type == FIELD_CHECKBOX)
		return field->options.n ? MESSAGE_TICK_SOME : MESSAGE_TICK;
	return MESSAGE_MISSING;
}

static const char *check_count(const struct field *field, size_t n, const struct validation *validation)
{
	bool several = field->multiple || (field->type == FIELD_CHECKBOX && field->options.n);
	if (!several)
		return n > 1 ? message_of(validation, MESSAGE_ONE_ANSWER) : NULL;
	if (field->max.text && (double)n > field->max.number)
		return message_with(validation, MESSAGE_TOO_MANY, "max", field->max.text);
	if (field->min.text && (double)n < field->min.number)
		return message_with(validation, MESSAGE_TOO_FEW, "min", field->min.text);
	return NULL;
}

/* Writes a list with a blank after each comma. */
static const char *spaced(const char *list, struct arena *arena)
{
	struct text text = {.arena = arena};
	for (; *list; list++)
		text_add(&text, *list == ',' ? ", " : list, *list == ',' ? 2 : 1);
	return text_string(&text);
}

/* A form that is not sent as multipart/form-data posts a file's name without the file. */
static const char *check_file(const struct field *field, const struct submission *submission, const struct validation *validation)
{
	size_t n = 0, from = 0;
	const struct span *value = submission_next(submission, field->name, &from);
	if (value && value->length)
		return message_of(validation, MESSAGE_FILE_NAME_ONLY);
	for (const struct posted_file *file = submission->files; file; file = file->next) {
		if (!span_is(file->field, field->name))
			continue;
		n++;
		if (file->too_large)
			return message_with(validation, MESSAGE_FILE_TOO_LARGE, "max", field->max.text);
		if (field->accept && !accept_takes(field->accept, file->type, file->filename, file->found))
			return message_with(validation, MESSAGE_FILE_TYPE, "types", spaced(field->accept, validation->arena));
	}
	if (n > 1 && !field->multiple)
		return message_of(validation, MESSAGE_ONE_FILE);
	return !n && field->required ? message_of(validation, MESSAGE_CHOOSE_FILE) : NULL;
}

const char *validate_field(const struct field *field, const struct submission *submission, const struct catalogue *catalogue)
{
	const struct validation validation = {catalogue, submission->arena};
	size_t from = 0, n = 0;
	const struct span *value;
	const char *wrong = NULL;
	if (field->type == FIELD_TRAP)
		return NULL;
	if (field->type == FIELD_FILE)
		return check_file(field, submission, &validation);
	while ((value = submission_next(submission, field->name, &from))) {
		n += !utf8_is_blank(*value);
		if (value->length && !wrong)
			wrong = check_value(field, *value, &validation);
	}
	if (wrong)
		return wrong;
	if (n)
		return check_count(field, n, &validation);
	return field->required ? message_of(&validation, missing_of(field)) : NULL;
}
