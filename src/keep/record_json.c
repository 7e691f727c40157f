/*
 * jansson's reader passes each byte through several functions, which makes it take five times as long as this one. Here is read what
 * record_write writes; jansson has the last word on all else, be it wrong or just unusual, so that the two can't differ.
 */
#include "keep/record_json.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "body/json_scan.h"

enum { DEPTH = 8, NAME_ROOM = 256, DIGITS = 18 /* that surely fit */ };

static json_t *read_json_value(struct json_scan *scan, enum json_token token, struct span text, int depth);

/* A half of a surrogate pair, which jansson refuses, was replaced by U+FFFD, which begins with this byte. */
static bool may_be_repaired(const struct json_scan *scan, struct span text)
{
	bool had_escapes = text.bytes == scan->decoded.bytes;
	return had_escapes && memchr(text.bytes, 0xef, text.length);
}

static json_t *read_json_string(const struct json_scan *scan, struct span text)
{
	return may_be_repaired(scan, text) ? NULL : json_made(json_stringn_nocheck(text.bytes, text.length));
}

static json_t *read_json_integer(struct span text)
{
	char digits[DIGITS + 1] = "";
	uint64_t number;
	if (text.length > DIGITS)
		return NULL;
	memcpy(digits, text.bytes, text.length);
	return number_read(digits, INT64_MAX, &number) ? json_made(json_integer((json_int_t)number)) : NULL;
}

/* Reads the rest of an array, or NULL. */
static json_t *read_json_array(struct json_scan *scan, int depth)
{
	struct span text;
	json_t *array = json_made(json_array());
	enum json_token token = json_scan_next(scan, &text);
	if (token == JSON_TOKEN_ARRAY_END)
		return array;
	while (json_array_append_new(array, read_json_value(scan, token, text, depth)) == 0) {
		token = json_scan_next(scan, &text);
		if (token == JSON_TOKEN_ARRAY_END)
			return array;
		if (token != JSON_TOKEN_COMMA)
			break;
		token = json_scan_next(scan, &text);
	}
	json_decref(array);
	return NULL;
}

/* Reads a name, a colon and a value into the object. */
static bool read_json_member(struct json_scan *scan, enum json_token token, struct span text, json_t *object, int depth)
{
	char name[NAME_ROOM] = "";
	size_t before = json_object_size(object);
	if (token != JSON_TOKEN_STRING || text.length >= sizeof name || memchr(text.bytes, '\0', text.length) ||
		may_be_repaired(scan, text))
		return false;
	memcpy(name, text.bytes, text.length);
	if (json_scan_next(scan, &text) != JSON_TOKEN_COLON)
		return false;
	token = json_scan_next(scan, &text);
	bool set = json_object_set_new_nocheck(object, name, read_json_value(scan, token, text, depth)) == 0;
	return set && json_object_size(object) > before; /* else it came before */
}

/* Reads the rest of an object, or NULL. */
static json_t *read_json_object(struct json_scan *scan, int depth)
{
	struct span text;
	json_t *object = json_made(json_object());
	enum json_token token = json_scan_next(scan, &text);
	if (token == JSON_TOKEN_OBJECT_END)
		return object;
	while (read_json_member(scan, token, text, object, depth)) {
		token = json_scan_next(scan, &text);
		if (token == JSON_TOKEN_OBJECT_END)
			return object;
		if (token != JSON_TOKEN_COMMA)
			break;
		token = json_scan_next(scan, &text);
	}
	json_decref(object);
	return NULL;
}

/* Reads the value that begins with a token; NULL if jansson has to see it. */
static json_t *read_json_value(struct json_scan *scan, enum json_token token, struct span text, int depth)
{
	switch (token) {
	case JSON_TOKEN_OBJECT: return depth ? read_json_object(scan, depth - 1) : NULL;
	case JSON_TOKEN_ARRAY: return depth ? read_json_array(scan, depth - 1) : NULL;
	case JSON_TOKEN_STRING: return read_json_string(scan, text);
	case JSON_TOKEN_NUMBER: return read_json_integer(text);
	case JSON_TOKEN_NULL: return json_null();
	default: return NULL;
	}
}

json_t *record_json(struct span line)
{
	struct arena arena = {0};
	struct json_scan scan = {.rest = line, .decoded.arena = &arena, .most = SIZE_MAX};
	struct span text;
	json_t *record = json_scan_next(&scan, &text) == JSON_TOKEN_OBJECT ? read_json_object(&scan, DEPTH) : NULL;
	if (record && json_scan_next(&scan, &text) != JSON_TOKEN_END) {
		json_decref(record);
		record = NULL;
	}
	arena_free(&arena);
	return record ? record : json_loadb(line.bytes, line.length, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
}
