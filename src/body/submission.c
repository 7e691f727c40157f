/* A growing array of fields and a list of files, in the order in which they came. */
#include "body/submission.h"

#include <string.h>

#include "base/span.h"

void submission_add(struct submission *submission, struct span name, struct span value)
{
	if (submission->n == submission->room) {
		size_t room = submission->room ? submission->room * 2 : 16, size = sizeof *submission->pairs;
		submission->pairs = arena_grow(submission->arena, submission->pairs, submission->room * size, room * size);
		submission->room = room;
	}
	submission->pairs[submission->n++] = (struct pair){.name = name, .value = value};
}

enum body_fault submission_take(struct submission *submission, const struct limits *limits, struct span name, struct span value)
{
	if (submission->n >= limits->fields)
		return BODY_TOO_MANY_FIELDS;
	if (name.length > limits->name)
		return BODY_NAME_TOO_LONG;
	if (value.length > limits->value)
		return BODY_VALUE_TOO_LONG;
	if (name.length && memchr(name.bytes, '\0', name.length))
		return BODY_NUL_IN_NAME;
	submission_add(submission, name, value);
	return BODY_FINE;
}

const struct span *submission_next(const struct submission *submission, const char *name, size_t *from)
{
	while (*from < submission->n) {
		const struct pair *pair = &submission->pairs[(*from)++];
		if (span_is(pair->name, name))
			return &pair->value;
	}
	return NULL;
}

void submission_add_file(struct submission *submission, struct posted_file *file)
{
	*(submission->last_file ? submission->last_file : &submission->files) = file;
	submission->last_file = &file->next;
}

bool submission_is_control(struct span name)
{
	return span_is(name, SUBMISSION_TOKEN) || span_is(name, SUBMISSION_NEXT) || span_is(name, SUBMISSION_METHOD);
}

struct span submission_value(const struct submission *submission, const char *name)
{
	size_t from = 0;
	const struct span *value = submission_next(submission, name, &from);
	return value ? *value : (struct span){"", 0};
}
