/*
 * Nothing is built but the fields themselves: nesting is refused where it begins and values are counted as they come, so memory does
 * not exceed the body's own size by much, whatever is in it. RFC 8259 §4 leaves repeated names open; here they are refused, since readers
 * keep different ones.
 */
#include "body/json_body.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "body/json_scan.h"

/* What is read, and the names that came so far. */
struct json_reading {
	struct json_scan scan;
	const struct form *form;
	struct submission *submission;
	struct span *names;
	size_t names_n, names_room;
	uint64_t values; /* nulls and empty arrays count as well */
};

static enum body_fault count_value(struct json_reading *reading)
{
	return ++reading->values > reading->form->limits.fields ? BODY_TOO_MANY_FIELDS : BODY_FINE;
}

static struct span copy_span(struct json_reading *reading, struct span span)
{
	return (struct span){arena_copy(reading->submission->arena, span.bytes, span.length), span.length};
}

static void note_name(struct json_reading *reading, struct span name)
{
	if (reading->names_n == reading->names_room) {
		size_t room = reading->names_room ? reading->names_room * 2 : 16, size = sizeof *reading->names;
		reading->names = arena_grow(reading->submission->arena, reading->names, reading->names_room * size, room * size);
		reading->names_room = room;
	}
	reading->names[reading->names_n++] = name;
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *one = a, *other = b;
	if (one->length != other->length)
		return one->length < other->length ? -1 : 1;
	return one->length ? memcmp(one->bytes, other->bytes, one->length) : 0;
}

/* Sorts the names that came, and tells whether one came twice. */
static bool has_repeated_name(struct json_reading *reading)
{
	if (reading->names_n)
		qsort(reading->names, reading->names_n, sizeof *reading->names, compare_spans);
	for (size_t i = 1; i < reading->names_n; i++)
		if (compare_spans(&reading->names[i - 1], &reading->names[i]) == 0)
			return true;
	return false;
}

/* Adds a scalar; BODY_NOT_FLAT if the token begins an array or an object. */
static enum body_fault add_scalar(struct json_reading *reading, struct span name, enum json_token token, struct span value)
{
	const struct field *field = form_field(reading->form, name);
	bool tick = field && field->type == FIELD_CHECKBOX && !field->options.n;
	enum body_fault fault = count_value(reading);
	if (fault)
		return fault;
	switch (token) {
	case JSON_TOKEN_STRING:
	case JSON_TOKEN_NUMBER: break;
	case JSON_TOKEN_TRUE: value = span_of(tick ? "on" : "true"); break;
	case JSON_TOKEN_FALSE:
		if (tick)
			return BODY_FINE;
		value = span_of("false");
		break;
	case JSON_TOKEN_NULL: return BODY_FINE;
	case JSON_TOKEN_LONG: return BODY_VALUE_TOO_LONG;
	case JSON_TOKEN_ARRAY:
	case JSON_TOKEN_OBJECT: return BODY_NOT_FLAT;
	default: return BODY_NO_JSON;
	}
	if (value.length > reading->form->limits.value)
		return BODY_VALUE_TOO_LONG; /* before it is copied */
	return submission_take(reading->submission, &reading->form->limits, name, copy_span(reading, value));
}

/* Reads the rest of an array of scalars. */
static enum body_fault read_array(struct json_reading *reading, struct span name)
{
	struct span value = {"", 0};
	enum json_token token = json_scan_next(&reading->scan, &value);
	if (token == JSON_TOKEN_ARRAY_END)
		return count_value(reading);
	for (;;) {
		enum body_fault fault = add_scalar(reading, name, token, value);
		if (fault)
			return fault;
		token = json_scan_next(&reading->scan, &value);
		if (token == JSON_TOKEN_ARRAY_END)
			return BODY_FINE;
		if (token != JSON_TOKEN_COMMA)
			return BODY_NO_JSON;
		token = json_scan_next(&reading->scan, &value);
	}
}

/* Gives the name of a member: its own at the top, else "outer[own]". */
static struct span name_member(struct json_reading *reading, const struct span *outer, struct span own)
{
	struct text name = {.arena = reading->submission->arena};
	if (!outer)
		return copy_span(reading, own);
	text_add(&name, outer->bytes, outer->length);
	text_byte(&name, '[');
	text_add(&name, own.bytes, own.length);
	text_byte(&name, ']');
	return (struct span){text_string(&name), name.length};
}

static enum body_fault read_members(struct json_reading *reading, const struct span *outer);

static enum body_fault read_member(struct json_reading *reading, const struct span *outer, struct span own)
{
	struct span value = {"", 0};
	if (own.length > reading->form->limits.name)
		return BODY_NAME_TOO_LONG;
	struct span name = name_member(reading, outer, own);
	if (json_scan_next(&reading->scan, &value) != JSON_TOKEN_COLON)
		return BODY_NO_JSON;
	enum json_token token = json_scan_next(&reading->scan, &value);
	note_name(reading, name);
	if (token == JSON_TOKEN_OBJECT && !outer)
		return read_members(reading, &name);
	return token == JSON_TOKEN_ARRAY ? read_array(reading, name) : add_scalar(reading, name, token, value);
}

/* Reads the rest of an object: of the whole one, or of the member named outer. */
static enum body_fault read_members(struct json_reading *reading, const struct span *outer)
{
	struct span name = {"", 0};
	enum json_token token = json_scan_next(&reading->scan, &name);
	if (token == JSON_TOKEN_OBJECT_END)
		return count_value(reading);
	for (;;) {
		enum body_fault fault = token == JSON_TOKEN_STRING ? read_member(reading, outer, name)
			: token == JSON_TOKEN_LONG                 ? BODY_NAME_TOO_LONG
								   : BODY_NO_JSON;
		if (fault)
			return fault;
		token = json_scan_next(&reading->scan, &name);
		if (token == JSON_TOKEN_OBJECT_END)
			return BODY_FINE;
		if (token != JSON_TOKEN_COMMA)
			return BODY_NO_JSON;
		token = json_scan_next(&reading->scan, &name);
	}
}

static struct span without_mark(struct span body)
{
	bool marked = body.length >= 3 && memcmp(body.bytes, "\xef\xbb\xbf", 3) == 0;
	return marked ? (struct span){body.bytes + 3, body.length - 3} : body;
}

enum body_fault json_body_read(struct span body, const struct form *form, struct submission *submission)
{
	const struct limits *limits = &form->limits;
	struct json_reading reading = {
		.scan =
			{
				.rest = without_mark(body),
				.decoded = {.arena = submission->arena},
				.most = (size_t)(limits->name > limits->value ? limits->name : limits->value),
			},
		.form = form,
		.submission = submission,
	};
	struct span value = {"", 0};
	size_t first = submission->n;
	enum json_token token = json_scan_next(&reading.scan, &value);
	if (token != JSON_TOKEN_OBJECT)
		return token == JSON_TOKEN_BAD || token == JSON_TOKEN_END ? BODY_NO_JSON : BODY_NOT_FLAT;
	enum body_fault fault = read_members(&reading, NULL);
	if (!fault && (json_scan_next(&reading.scan, &value) != JSON_TOKEN_END || has_repeated_name(&reading)))
		fault = BODY_NO_JSON;
	for (size_t i = first; i < submission->n; i++)
		submission->pairs[i].is_utf8 = true; /* §8.1 */
	return fault;
}
