/*
 * Reads bodies. The headers decide whether a body is read at all. Whether it came whole is known only by its length, because a
 * connection that was cut looks like the end of the input.
 */
#include "body/body.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "body/charset.h"
#include "body/json_body.h"
#include "body/multipart.h"
#include "body/normalize.h"
#include "body/plain.h"
#include "body/urlencoded.h"
#include "http/media.h"

enum { PIECE = 64 * 1024 };

uint64_t body_room_for_files(const struct form *form)
{
	const struct limits *limits = &form->limits;
	uint64_t all = limits->file && limits->files > UINT64_MAX / 4 / limits->file ? UINT64_MAX / 4 : limits->files * limits->file;
	for (size_t i = 0; i < form->fields_n; i++)
		if (form->fields[i].type == FIELD_FILE)
			return all;
	return !form->fields_n && form->files ? all : 0;
}

static enum body_fault length_check(struct request *request, uint64_t most)
{
	switch (request_length(request, most)) {
	case LENGTH_MISSING: return BODY_NO_LENGTH;
	case LENGTH_BAD: return BODY_BAD_LENGTH;
	case LENGTH_TOO_LARGE: return BODY_TOO_LARGE;
	case LENGTH_GIVEN: break;
	}
	return BODY_FINE;
}

static enum body_fault end_check(const struct request *request)
{
	switch (request_end(request)) {
	case END_TOO_LARGE: return BODY_TOO_LARGE;
	case END_CUT_OR_LONG: return BODY_CUT_OR_LONG;
	case END_LATE: return BODY_TOO_SLOW;
	case END_WHOLE: break;
	}
	return BODY_FINE;
}

static enum body_fault read_urlencoded(
	struct request *request, const struct form *form, struct submission *submission, const struct file_sink *sink)
{
	struct urlencoded parse;
	char piece[PIECE];
	enum body_fault fault = BODY_FINE;
	(void)sink;
	urlencoded_begin(&parse, submission, &form->limits);
	for (size_t n; !fault && (n = request_read(request, piece, sizeof piece)) > 0;)
		fault = urlencoded_feed(&parse, piece, n);
	if (!fault)
		fault = end_check(request);
	return fault ? fault : urlencoded_end(&parse);
}

static enum body_fault read_multipart(
	struct request *request, const struct form *form, struct submission *submission, const struct file_sink *sink)
{
	struct multipart parse;
	char piece[PIECE];
	const char *type = request_variable(request, "CONTENT_TYPE");
	enum body_fault fault = multipart_begin(&parse, type, submission, &form->limits, sink);
	for (size_t n; !fault && (n = request_read(request, piece, sizeof piece)) > 0;)
		fault = multipart_feed(&parse, piece, n);
	if (!fault)
		fault = end_check(request);
	return fault ? fault : multipart_end(&parse);
}

/*
 * Reads all of the body, for a format that can't be read in pieces. The memory grows with what comes, not with what the request says
 * will come; the caller frees it.
 */
static enum body_fault read_whole(struct request *request, char **bytes, struct span *body)
{
	size_t have = 0, room = 0;
	for (;;) {
		if (have == room && have < request->length) {
			room = room ? room * 2 : 16 * 1024;
			if (room > request->length)
				room = (size_t)request->length;
			char *more = realloc(*bytes, room);
			if (!more) {
				diag_system("a body of %llu bytes does not fit into memory; it was answered 503",
					(unsigned long long)request->length);
				return BODY_NO_MEMORY;
			}
			*bytes = more;
		}
		size_t n = room > have ? request_read(request, *bytes + have, room - have) : 0;
		have += n;
		if (!n)
			break;
	}
	*body = (struct span){have ? *bytes : "", have};
	return end_check(request);
}

static enum body_fault read_json(
	struct request *request, const struct form *form, struct submission *submission, const struct file_sink *sink)
{
	struct span body;
	char *bytes = NULL;
	(void)sink;
	enum body_fault fault = read_whole(request, &bytes, &body);
	if (!fault)
		fault = json_body_read(body, form, submission);
	free(bytes);
	return fault;
}

static enum body_fault read_plain(
	struct request *request, const struct form *form, struct submission *submission, const struct file_sink *sink)
{
	struct span body;
	char *bytes = NULL;
	(void)sink;
	enum body_fault fault = read_whole(request, &bytes, &body);
	if (!fault)
		fault = plain_read(body, form, submission);
	if (!fault && !utf8_valid(body) && !charset_is_declared(submission, request_variable(request, "CONTENT_TYPE"), form))
		fault = BODY_NO_UTF8;
	free(bytes);
	return fault;
}

static const struct {
	const char *type;
	enum body_fault (*read)(struct request *, const struct form *, struct submission *, const struct file_sink *);
} readers[] = {
	{"application/x-www-form-urlencoded", read_urlencoded},
	{"multipart/form-data", read_multipart},
	{"application/json", read_json},
	{"text/plain", read_plain},
};

enum { READERS = sizeof readers / sizeof *readers };

const char *body_types(struct arena *arena)
{
	struct text types = {.arena = arena};
	for (size_t i = 0; i < READERS; i++)
		text_format(&types, "%s%s", i ? ", " : "", readers[i].type);
	return text_string(&types);
}

/* Once names are what they are to be: where a form has fields, a file must be for one of them. */
static enum body_fault files_check(const struct form *form, const struct submission *submission)
{
	for (const struct posted_file *file = submission->files; file && form->fields_n; file = file->next) {
		const struct field *field = form_field(form, file->field);
		if (!field || field->type != FIELD_FILE)
			return BODY_FILE_UNKNOWN;
	}
	return BODY_FINE;
}

/* Names what was posted in another case of letters, "email" for the field "Email", as the form names it. */
static void name_as_configured(const struct form *form, struct submission *submission)
{
	for (size_t i = 0; i < submission->n; i++) {
		const struct field *field = form_field(form, submission->pairs[i].name);
		if (field)
			submission->pairs[i].name = span_of(field->name);
	}
	for (struct posted_file *file = submission->files; file; file = file->next) {
		const struct field *field = form_field(form, file->field);
		if (field)
			file->field = span_of(field->name);
	}
}

enum body_fault body_read(struct request *request, const struct form *form, struct submission *submission, const struct file_sink *sink)
{
	const char *type = request_variable(request, "CONTENT_TYPE"), *coding = request_variable(request, "HTTP_CONTENT_ENCODING");
	bool parts = media_is(type, "multipart/form-data");
	enum body_fault fault = length_check(request, form->limits.body + (parts ? body_room_for_files(form) : 0));
	if (fault)
		return fault;
	if (coding && !media_is(coding, "identity"))
		return BODY_ENCODED;
	fault = BODY_OTHER_TYPE;
	for (size_t i = 0; i < READERS && fault == BODY_OTHER_TYPE; i++)
		if (media_is(type, readers[i].type) || (readers[i].read == read_json && media_is_json(type)))
			fault = readers[i].read(request, form, submission, sink);
	if (!fault && !charset_settle(submission, type, form))
		fault = BODY_OTHER_CHARSET;
	name_as_configured(form, submission);
	if (!fault)
		normalize_submission(submission, form);
	return fault ? fault : files_check(form, submission);
}
