/* Submissions; see submission.h. */
#include "body/submission.h"

void submission_add(struct submission *submission, struct span name, struct span value)
{
	if (submission->n == submission->room) {
		size_t room = submission->room ? submission->room * 2 : 16, size = sizeof *submission->pairs;
		submission->pairs = arena_grow(submission->arena, submission->pairs, submission->room * size, room * size);
		submission->room = room;
	}
	submission->pairs[submission->n++] = (struct pair){.name = name, .value = value};
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

void submission_add_file(struct submission *submission, struct file *file)
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
