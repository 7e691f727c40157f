/*
 * JSON bodies; see json_body.h. Duplicate names, NaN and ill-formed UTF-8 are refused by jansson (RFC 8259 §4, §6, §8.1); so are
 * whole numbers that 64 bits can't hold, since they could only be kept changed.
 */
#include "body/json_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/span.h"
#include "base/text.h"

/* The number in 15 digits, or in as few more as read back the same: those that JavaScript writes stay, its exponent may not. */
static const char *real_text(struct arena *arena, double number)
{
	char text[32];
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	return arena_copy(arena, text, strlen(text));
}

static enum body_fault add_json_value(struct submission *submission, const struct form *form, struct span name, const json_t *value)
{
	const struct field *field = form_field(form, name);
	bool tick = field && field->type == FIELD_CHECKBOX && !field->options_n;
	struct span text;
	switch (json_typeof(value)) {
	case JSON_STRING:
		text.length = json_string_length(value);
		text.bytes = arena_copy(submission->arena, json_string_value(value), text.length);
		break;
	case JSON_INTEGER: text = span_of(text_printed(submission->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value))); break;
	case JSON_REAL: text = span_of(real_text(submission->arena, json_real_value(value))); break;
	case JSON_TRUE: text = span_of(tick ? "on" : "true"); break;
	case JSON_FALSE:
		if (tick)
			return BODY_FINE;
		text = span_of("false");
		break;
	case JSON_NULL: return BODY_FINE;
	default: return BODY_NOT_FLAT;
	}
	return submission_take(submission, &form->limits, name, text);
}

static enum body_fault add_member(struct submission *submission, const struct form *form, const char *key, const json_t *value)
{
	struct span name = {arena_copy(submission->arena, key, strlen(key)), strlen(key)};
	enum body_fault fault = BODY_FINE;
	const json_t *one;
	size_t i;
	if (!json_is_array(value))
		return add_json_value(submission, form, name, value);
	for (i = 0; !fault && i < json_array_size(value); i++) {
		one = json_array_get(value, i);
		fault = add_json_value(submission, form, name, one);
	}
	return fault;
}

enum body_fault json_body_read(struct span body, const struct form *form, struct submission *submission)
{
	enum body_fault fault = BODY_FINE;
	json_error_t error;
	const char *key;
	json_t *value, *whole = json_loadb(body.bytes, body.length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	if (!whole)
		return BODY_NO_JSON;
	if (!json_is_object(whole))
		fault = BODY_NOT_FLAT;
	json_object_foreach(whole, key, value)
		if (!fault)
			fault = add_member(submission, form, key, value);
	json_decref(whole);
	return fault;
}
