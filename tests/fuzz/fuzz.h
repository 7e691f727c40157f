/* What the targets that read bodies share; with code, since each program is one file. */
#ifndef FUZZ_H
#define FUZZ_H

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "body/charset.h"
#include "keep/record.h"
#include "keep/record_write.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n);

static struct arena arena;

static struct field fields[] = {{.key = "agree", .name = "agree", .type = FIELD_CHECKBOX}};

/* Takes little, so that every limit is met. */
static const struct form form = {
	.name = "contact",
	.limits = {.body = 128, .fields = 6, .name = 12, .value = 48, .files = 4, .file = 1024},
	.fields = fields,
	.fields_n = 1,
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	json_object_seed(1); /* the same each time, so that a run can be repeated */
	return sodium_init() < 0 ? -1 : 0;
}

static bool is_same(struct span a, struct span b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static bool is_utf8(struct span text)
{
	for (size_t at = 0, n; at < text.length; at += n)
		if ((n = utf8_sequence(text.bytes + at, text.length - at)) == 0)
			return false;
	return true;
}

/* What is kept of a submission can be read again, each value in its place. */
static void check_record(const struct submission *submission)
{
	const struct receipt receipt = {0};
	struct text line = record_write(&arena, &form, submission, &receipt);
	assert(memchr(line.bytes, '\n', line.length) == line.bytes + line.length - 1);
	json_t *record = record_read((struct span){line.bytes, line.length - 1});
	assert(record);
	for (size_t i = 0; i < submission->n; i++) {
		const struct pair *pair = &submission->pairs[i];
		if (submission_is_control(pair->name))
			continue; /* it is for the program, and not kept */
		const char *group = form_field(&form, pair->name) ? "fields" : "extra";
		const json_t *value = json_object_getn(json_object_get(record, group), pair->name.bytes, pair->name.length);
		size_t nth = 0;
		for (size_t k = 0; k < i; k++)
			nth += is_same(submission->pairs[k].name, pair->name);
		if (json_is_array(value))
			value = json_array_get(value, nth);
		assert(json_is_string(value));
		assert(is_same((struct span){json_string_value(value), json_string_length(value)}, pair->value));
	}
	json_decref(record);
}

/* Holds for whatever a body gave, once its charset is settled, as body_read does. */
static void check_submission(struct submission *submission, enum body_fault fault, const char *content_type)
{
	assert(submission->n <= form.limits.fields);
	if (fault || !charset_settle(submission, content_type, &form))
		return;
	for (size_t i = 0; i < submission->n; i++) {
		struct span name = submission->pairs[i].name, value = submission->pairs[i].value;
		assert(is_utf8(name) && is_utf8(value));
		assert(name.length == 0 || !memchr(name.bytes, '\0', name.length));
	}
	check_record(submission);
}

/* Feeds a body in pieces of that many bytes, each a block of its own that is gone at once: a byte read beside or after it is seen. */
static inline enum body_fault feed_pieces(enum body_fault (*feed)(void *parse, const char *bytes, size_t n), void *parse, struct span body,
	size_t piece)
{
	enum body_fault fault = BODY_FINE;
	for (size_t at = 0; at < body.length && !fault; at += piece) {
		size_t n = piece < body.length - at ? piece : body.length - at;
		char *copy = malloc(n);
		assert(copy);
		memcpy(copy, body.bytes + at, n);
		fault = feed(parse, copy, n);
		free(copy);
	}
	return fault;
}

static inline void check_same(const struct submission *a, const struct submission *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		assert(is_same(a->pairs[i].name, b->pairs[i].name) && is_same(a->pairs[i].value, b->pairs[i].value));
}

#endif
