/*
 * Whether what was posted keeps to a field's rules. The messages are for the visitor; they say what to do, since the
 * page shows them beside the field. Types are checked as HTML has browsers check them.
 */
#include "config/field.h"

#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/unit.h"
#include "body/sniff.h"
#include "config/pattern.h"

enum { EMAIL_MAX = 254, LABEL_MAX = 63 };

/* In which language it is said what is wrong, and where the text lives. */
struct judge {
	const struct catalogue *catalogue;
	struct arena *arena;
};

static const char *say(const struct judge *judge, enum message message)
{
	return message_text(judge->catalogue, message);
}

/* Says it with one hole filled. */
static const char *say_of(const struct judge *judge, enum message message, const char *hole, const char *value)
{
	return message_fill(judge->catalogue, message, judge->arena, hole, value, NULL);
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

bool field_is_email(const char *value)
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
	for (const char *at; (at = memchr(rest, '@', n)); rest = at + 1)
		n -= (size_t)(at + 1 - rest);
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

static const char *say_length(const struct judge *judge, enum message message, const char *bound, double wanted, double n)
{
	return message_fill(judge->catalogue, message, judge->arena, bound, text_printed(judge->arena, "%.0f", wanted),
		"n", text_printed(judge->arena, "%.0f", n), NULL);
}

static const char *judge_length(const struct field *field, struct span value, const struct judge *judge)
{
	double n = (double)utf8_characters(value);
	if (field->max.text && n > field->max.number)
		return say_length(judge, MESSAGE_TOO_LONG, "max", field->max.number, n);
	if (field->min.text && (double)utf8_units(value) < field->min.number)
		return say_length(judge, MESSAGE_TOO_SHORT, "min", field->min.number, n);
	return NULL;
}

static const char *judge_number(const struct field *field, const char *value, const struct judge *judge)
{
	double number;
	if (!unit_decimal_read(value, &number))
		return say(judge, MESSAGE_NO_NUMBER);
	if (field->min.text && number < field->min.number)
		return say_of(judge, MESSAGE_TOO_SMALL, "min", field->min.text);
	if (field->max.text && number > field->max.number)
		return say_of(judge, MESSAGE_TOO_BIG, "max", field->max.text);
	return NULL;
}

static const char *judge_date(const struct field *field, const char *value, const struct judge *judge)
{
	if (!date_day_valid(value))
		return say(judge, MESSAGE_NO_DATE);
	if (field->min.text && strcmp(value, field->min.text) < 0)
		return say_of(judge, MESSAGE_TOO_EARLY, "min", field->min.text);
	if (field->max.text && strcmp(value, field->max.text) > 0)
		return say_of(judge, MESSAGE_TOO_LATE, "max", field->max.text);
	return NULL;
}

static const char *judge_option(const struct field *field, const char *value, const struct judge *judge)
{
	return !field->options_n || field_has_option(field, value) ? NULL : say(judge, MESSAGE_NOT_OFFERED);
}

static const char *judge_pattern(const struct field *field, struct span value, const struct judge *judge)
{
	switch (field->pattern ? pattern_match(field->pattern, value) : PATTERN_MATCHES) {
	case PATTERN_MATCHES: return NULL;
	case PATTERN_FAILED: diag_error("the pattern of the field \"%s\" could not be matched within its bound", field->key); break;
	case PATTERN_DIFFERS: break;
	}
	return say(judge, MESSAGE_OTHER_PATTERN);
}

/* Control characters have no place in what people type; line ends only in a textarea. */
static const char *judge_characters(const struct field *field, struct span value, const struct judge *judge)
{
	bool lines = field->type == FIELD_TEXTAREA || field->type == FIELD_HIDDEN;
	for (size_t i = 0; i < value.length; i++) {
		unsigned char c = (unsigned char)value.bytes[i];
		if ((c == '\n' || c == '\r') && !lines)
			return say(judge, MESSAGE_ONE_LINE);
		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
			return say(judge, MESSAGE_BAD_CHARACTER);
	}
	return NULL;
}

/* One value that is not empty, blank though it may be. */
static const char *judge_value(const struct field *field, struct span value, const struct judge *judge)
{
	const char *text = value.bytes, *wrong = judge_characters(field, value, judge);
	if (wrong)
		return wrong;
	bool blank = !span_trim(value).length; /* so nothing was given, but for text that may be blank */
	if (blank && !field_counts_characters(field))
		return NULL;
	switch (field->type) {
	case FIELD_EMAIL: wrong = blank || field_is_email(text) ? NULL : say(judge, MESSAGE_NO_EMAIL); break;
	case FIELD_URL: wrong = blank || is_url(text) ? NULL : say(judge, MESSAGE_NO_URL); break;
	case FIELD_NUMBER: wrong = judge_number(field, text, judge); break;
	case FIELD_DATE: wrong = judge_date(field, text, judge); break;
	case FIELD_CHOICE:
	case FIELD_CHECKBOX: wrong = judge_option(field, text, judge); break;
	default: break;
	}
	if (!wrong && field_counts_characters(field))
		wrong = judge_length(field, value, judge);
	return wrong ? wrong : judge_pattern(field, value, judge);
}

static enum message missing_of(const struct field *field)
{
	if (field->type == FIELD_CHOICE)
		return field->multiple ? MESSAGE_CHOOSE_SOME : MESSAGE_CHOOSE_ONE;
	if (field->type == FIELD_CHECKBOX)
		return field->options_n ? MESSAGE_TICK_SOME : MESSAGE_TICK;
	return MESSAGE_MISSING;
}

static const char *judge_count(const struct field *field, size_t n, const struct judge *judge)
{
	bool several = field->multiple || (field->type == FIELD_CHECKBOX && field->options_n);
	if (!several)
		return n > 1 ? say(judge, MESSAGE_ONE_ANSWER) : NULL;
	if (field->max.text && (double)n > field->max.number)
		return say_of(judge, MESSAGE_TOO_MANY, "max", field->max.text);
	if (field->min.text && (double)n < field->min.number)
		return say_of(judge, MESSAGE_TOO_FEW, "min", field->min.text);
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
static const char *judge_file(const struct field *field, const struct submission *submission, const struct judge *judge)
{
	size_t n = 0, from = 0;
	const struct span *value = submission_next(submission, field->name, &from);
	if (value && value->length)
		return say(judge, MESSAGE_FILE_NAME_ONLY);
	for (const struct file *file = submission->files; file; file = file->next) {
		if (!span_is(file->field, field->name))
			continue;
		n++;
		if (file->too_large)
			return say_of(judge, MESSAGE_FILE_TOO_LARGE, "max", field->max.text);
		if (field->accept && !sniff_accepts(field->accept, file->type, file->found))
			return say_of(judge, MESSAGE_FILE_TYPE, "types", spaced(field->accept, judge->arena));
	}
	if (n > 1 && !field->multiple)
		return say(judge, MESSAGE_ONE_FILE);
	return !n && field->required ? say(judge, MESSAGE_CHOOSE_FILE) : NULL;
}

const char *field_judge(const struct field *field, const struct submission *submission, const struct catalogue *catalogue)
{
	const struct judge judge = {catalogue, submission->arena};
	size_t from = 0, n = 0;
	const struct span *value;
	const char *wrong = NULL;
	if (field->type == FIELD_TRAP)
		return NULL;
	if (field->type == FIELD_FILE)
		return judge_file(field, submission, &judge);
	while ((value = submission_next(submission, field->name, &from))) {
		n += span_trim(*value).length > 0;
		if (value->length && !wrong)
			wrong = judge_value(field, *value, &judge);
	}
	if (wrong)
		return wrong;
	if (n)
		return judge_count(field, n, &judge);
	return field->required ? say(&judge, missing_of(field)) : NULL;
}
