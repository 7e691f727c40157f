/*
 * Writes the line of an outcome:
 *
 *   {"id","form","received","fields":{…},"files":[{"field","filename","type","size","sha256","path"}],"client":{"address","agent"}}
 *
 * Some members are left out if they would be empty: "key" (after "received"), the idempotency key (key.h); "extra", fields that
 * config.ini doesn't list; "spam", why the post is suspicious. A value is a string, or an array of strings in their order if a name
 * was posted more than once. The text is made directly, since building a tree with jansson took longer than the rest of a post.
 */
#include "keep/record_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/utf8.h"
#include "keep/id.h"

enum { AGENT_MAX = 500 };

/* Appends "KEY": with a comma before it unless it is the first of its object. */
static void put_key(struct text *line, const char *key)
{
	if (line->bytes[line->length - 1] != '{')
		text_byte(line, ',');
	escape_json(line, span_of(key));
	text_byte(line, ':');
}

static void put_member(struct text *line, const char *key, const char *value)
{
	put_key(line, key);
	escape_json(line, span_of(value));
}

/* Appends a string from outside, repaired to be UTF-8 and cut to AGENT_MAX bytes. */
static void put_repaired(struct text *line, const char *key, const char *string)
{
	struct text text = {.arena = line->arena};
	put_key(line, key);
	if (!string) {
		text_put(line, "null");
		return;
	}
	size_t n = strlen(string);
	utf8_repair(&text, string, n < AGENT_MAX ? n : AGENT_MAX);
	escape_json(line, (struct span){text_string(&text), text.length});
}

/* --- fields -------------------------------------------------------------------------------------------------------- */

/* A pair that was posted, and whether config.ini lists its name. */
struct member {
	struct span name, value;
	bool known;
	size_t next; /* index of the next one with this name, or 0 */
	bool first;  /* of its name */
};

static int by_name(const void *a, const void *b)
{
	const struct member *x = *(const struct member *const *)a, *y = *(const struct member *const *)b;
	size_t n = x->name.length < y->name.length ? x->name.length : y->name.length;
	int order = memcmp(x->name.bytes, y->name.bytes, n);
	if (order == 0 && x->name.length != y->name.length)
		order = x->name.length < y->name.length ? -1 : 1;
	return order ? order : (x > y) - (x < y);
}

static bool same_name(const struct member *a, const struct member *b)
{
	return a->name.length == b->name.length && memcmp(a->name.bytes, b->name.bytes, a->name.length) == 0;
}

/* Links the members of each name in their order. Sorts them first, since there may be thousands. */
static void chain(struct member *members, size_t n, struct arena *arena)
{
	struct member **sorted = arena_take(arena, (n + 1) * sizeof *sorted);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &members[i];
	if (n > 1)
		qsort(sorted, n, sizeof *sorted, by_name);
	for (size_t i = 0; i < n; i++) {
		sorted[i]->first = i == 0 || !same_name(sorted[i - 1], sorted[i]);
		if (!sorted[i]->first)
			sorted[i - 1]->next = (size_t)(sorted[i] - members);
	}
}

static size_t members_of(struct member **members, struct arena *arena, const struct form *form, const struct submission *submission)
{
	size_t n = 0;
	*members = arena_take(arena, (submission->n + 1) * sizeof **members);
	for (size_t i = 0; i < submission->n; i++) {
		const struct pair *pair = &submission->pairs[i];
		if (submission_is_control(pair->name))
			continue;
		(*members)[n++] =
			(struct member){.name = pair->name, .value = pair->value, .known = !form->fields_n || form_field(form, pair->name)};
	}
	chain(*members, n, arena);
	return n;
}

/* Appends an object of the known members, or of the other ones. */
static void put_members(struct text *line, const struct member *members, size_t n, bool known)
{
	const char *before = "{";
	for (size_t i = 0; i < n; i++) {
		const struct member *member = &members[i];
		if (!member->first || member->known != known)
			continue;
		text_put(line, before);
		escape_json(line, member->name);
		text_put(line, member->next ? ":[" : ":");
		escape_json(line, member->value);
		for (size_t next = member->next; next; next = members[next].next) {
			text_byte(line, ',');
			escape_json(line, members[next].value);
		}
		if (member->next)
			text_byte(line, ']');
		before = ",";
	}
	text_put(line, *before == '{' ? "{}" : "}");
}

static bool has_extra(const struct member *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!members[i].known)
			return true;
	return false;
}

/* --- the line ------------------------------------------------------------------------------------------------------ */

static void put_uploads(struct text *line, const struct submission *submission)
{
	text_byte(line, '[');
	for (const struct posted_file *file = submission->files; file; file = file->next) {
		text_put(line, file == submission->files ? "{\"field\":" : ",{\"field\":");
		escape_json(line, file->field);
		put_key(line, "filename");
		escape_json(line, file->filename);
		put_member(line, "type", file->type);
		put_key(line, "size");
		text_number(line, file->size);
		put_member(line, "sha256", file->sha256);
		put_member(line, "path", file->path);
		text_byte(line, '}');
	}
	text_byte(line, ']');
}

struct text record_write(struct arena *arena, const struct form *form, const struct submission *submission, const struct receipt *receipt)
{
	char blank[ID_LENGTH + 1] = "", stamp[DATE_STAMP];
	struct text line = {.arena = arena};
	struct member *members;
	size_t n = members_of(&members, arena, form, submission);
	memset(blank, '-', ID_LENGTH);
	date_stamp_write(stamp, receipt->at);
	text_byte(&line, '{');
	put_member(&line, "id", blank);
	put_member(&line, "form", form->name);
	put_member(&line, "received", stamp);
	if (receipt->key)
		put_member(&line, "key", receipt->key);
	put_key(&line, "fields");
	put_members(&line, members, n, true);
	if (has_extra(members, n)) {
		put_key(&line, "extra");
		put_members(&line, members, n, false);
	}
	put_key(&line, "files");
	put_uploads(&line, submission);
	put_key(&line, "client");
	text_byte(&line, '{');
	put_repaired(&line, "address", receipt->address);
	put_repaired(&line, "agent", receipt->agent);
	text_byte(&line, '}');
	if (receipt->suspect)
		put_member(&line, "spam", receipt->suspect);
	text_put(&line, "}\n");
	return line;
}
