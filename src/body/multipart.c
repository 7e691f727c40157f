/*
 * A push parser over one buffer. Input goes behind the bytes that are not used yet, the current state uses what it can, and the rest
 * moves to the front: less than a delimiter within content, at most a header line elsewhere. memmem finds the delimiter.
 *
 * Where two readers could differ, the body is refused: a boundary is followed by white space and a line end, or by "--" (RFC 2046 §5.1.1
 * lets a mere prefix be a boundary, others take it for content); lines end in CR LF; a header is not folded and comes once; the last
 * boundary must be there. A preamble and an epilogue are passed over. Content-Transfer-Encoding and a part's Content-Length are ignored,
 * as RFC 7578 §4.7 and the WHATWG standards have it.
 */
#define _GNU_SOURCE /* memmem, which POSIX has only since 2024 */
#include "body/multipart.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "body/disposition.h"
#include "http/media.h"

enum { HEADERS_MAX = 20, HEADER_BYTES_MAX = 8 * 1024, FILENAME_MAX_BYTES = 1024 };

_Static_assert((int)HEADER_BYTES_MAX < (int)MULTIPART_BUFFER, "a header line fits into the buffer");

/* The result of a step: the state has moved on, or needs more input. */
enum step { STEP_ON, STEP_WAIT };

enum body_fault multipart_begin(struct multipart *parse, const char *content_type, struct submission *submission,
	const struct limits *limits, const struct file_sink *sink)
{
	*parse = (struct multipart){.submission = submission, .limits = limits, .sink = sink};
	struct span boundary = media_parameter(content_type, "boundary", submission->arena);
	if (media_repeats_parameter(content_type, "boundary") || !boundary.length || boundary.length > MULTIPART_BOUNDARY_MAX ||
		memchr(boundary.bytes, '\0', boundary.length))
		return BODY_NO_BOUNDARY;
	memcpy(parse->delimiter, "\r\n--", 4);
	memcpy(parse->delimiter + 4, boundary.bytes, boundary.length);
	parse->delimiter_n = boundary.length + 4;
	parse->buffer = arena_take(submission->arena, MULTIPART_BUFFER);
	parse->value.arena = submission->arena;
	return BODY_FINE;
}

static struct span unused(const struct multipart *parse)
{
	return (struct span){parse->buffer + parse->from, parse->to - parse->from};
}

/* Finds the next delimiter. Sets *before to the bytes in front of it or, without one, to those that can't belong to one. */
static bool find_delimiter(const struct multipart *parse, size_t *before)
{
	struct span rest = unused(parse);
	const char *found = memmem(rest.bytes, rest.length, parse->delimiter, parse->delimiter_n);
	*before = found ? (size_t)(found - rest.bytes) : rest.length < parse->delimiter_n ? 0 : rest.length - parse->delimiter_n + 1;
	return found != NULL;
}

static enum body_fault content_add(struct multipart *parse, const char *bytes, size_t n)
{
	if (n == 0)
		return BODY_FINE;
	if (parse->has_filename)
		return parse->sink->add(parse->sink->context, bytes, n);
	/* The limit that is met first is reported, whatever pieces the body comes in. */
	uint64_t value_room = parse->limits->value - parse->value.length, body_room = parse->limits->body - parse->other;
	if (n > value_room && value_room <= body_room)
		return BODY_VALUE_TOO_LONG;
	if (n > body_room)
		return BODY_TOO_LARGE;
	parse->other += n;
	text_add(&parse->value, bytes, n);
	return BODY_FINE;
}

static struct span kept(struct multipart *parse, struct span bytes)
{
	return (struct span){arena_copy(parse->submission->arena, bytes.bytes, bytes.length), bytes.length};
}

static enum body_fault finish_part(struct multipart *parse)
{
	if (parse->has_filename)
		return parse->sink->end(parse->sink->context);
	struct submission *submission = parse->submission;
	enum body_fault fault = submission_take(
		submission, parse->limits, parse->part.name, kept(parse, (struct span){text_string(&parse->value), parse->value.length}));
	struct span charset = media_parameter(parse->part.type.bytes, "charset", submission->arena);
	if (!fault && charset.length)
		submission->pairs[submission->n - 1].charset = charset.bytes;
	return fault;
}

/*
 * A byte order mark and blank lines may stand before the first boundary, whatever ends the lines. Blanks in front of it on its own line
 * make it a boundary to some readers only.
 */
static enum body_fault step_start(struct multipart *parse, enum step *step)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct span rest = unused(parse);
	const char *dashes = parse->delimiter + 2;
	size_t dashes_n = parse->delimiter_n - 2, seen = rest.length < 3 ? rest.length : 3,
	       n = rest.length < dashes_n ? rest.length : dashes_n;
	if (!parse->is_started && memcmp(rest.bytes, mark, seen) == 0) {
		*step = seen < 3 ? STEP_WAIT : STEP_ON;
		parse->from += seen < 3 ? 0 : 3;
		parse->is_started = seen == 3;
		return BODY_FINE;
	}
	parse->is_started = true;
	if (memcmp(rest.bytes, dashes, n) == 0) {
		*step = n < dashes_n ? STEP_WAIT : STEP_ON;
		parse->from += n < dashes_n ? 0 : n;
		parse->state = n < dashes_n ? MULTIPART_START : MULTIPART_DELIMITER;
		return n == dashes_n && parse->is_indented ? BODY_BAD_PART : BODY_FINE;
	}
	if (!strchr(" \t\r\n", rest.bytes[0]) || !rest.bytes[0]) {
		parse->state = MULTIPART_PREAMBLE;
		return BODY_FINE;
	}
	parse->is_indented = rest.bytes[0] != '\n';
	parse->from++;
	return BODY_FINE;
}

/* Behind a bare line feed the first boundary is one to some readers; those that pass it over would lose the first part. */
static enum body_fault step_preamble(struct multipart *parse, enum step *step)
{
	size_t before;
	struct span rest = unused(parse);
	const char *line = memmem(rest.bytes, rest.length, parse->delimiter + 1, parse->delimiter_n - 1);
	if (line && (line == rest.bytes || line[-1] != '\r'))
		return BODY_BAD_PART;
	bool found = find_delimiter(parse, &before);
	parse->from += before + (found ? parse->delimiter_n : 0);
	if (found)
		parse->state = MULTIPART_DELIMITER;
	else
		*step = STEP_WAIT;
	return BODY_FINE;
}

/* The blank line is still there: with a boundary right behind it, the part has headers alone and is empty (RFC 2046 §5.1.1, body-part). */
static enum body_fault step_blank(struct multipart *parse, enum step *step)
{
	struct span rest = unused(parse);
	size_t n = rest.length < parse->delimiter_n ? rest.length : parse->delimiter_n;
	if (memcmp(rest.bytes, parse->delimiter, n) != 0) {
		parse->from += 2;
		parse->state = MULTIPART_CONTENT;
		return BODY_FINE;
	}
	if (n < parse->delimiter_n) {
		*step = STEP_WAIT;
		return BODY_FINE;
	}
	parse->from += n;
	parse->state = MULTIPART_DELIMITER;
	return finish_part(parse);
}

static enum body_fault step_content(struct multipart *parse, enum step *step)
{
	size_t before;
	bool found = find_delimiter(parse, &before);
	enum body_fault fault = content_add(parse, parse->buffer + parse->from, before);
	if (!fault && found)
		fault = finish_part(parse);
	parse->from += before + (found ? parse->delimiter_n : 0);
	if (found)
		parse->state = MULTIPART_DELIMITER;
	else
		*step = STEP_WAIT;
	return fault;
}

static void part_begin(struct multipart *parse)
{
	parse->state = MULTIPART_HEADERS;
	parse->headers = parse->header_bytes = 0;
	parse->has_name = parse->has_filename = parse->has_type = false;
	parse->part = (struct file_part){.type = {"", 0}};
	parse->value.length = 0;
}

/* Passes over white space, then wants a line end; behind the last boundary a bare line feed or the end of the body will do too. */
static enum body_fault step_line_end(struct multipart *parse, enum step *step)
{
	while (parse->from < parse->to && (parse->buffer[parse->from] == ' ' || parse->buffer[parse->from] == '\t'))
		parse->from++;
	struct span rest = unused(parse);
	if (parse->state == MULTIPART_CLOSE && rest.length && rest.bytes[0] == '\n') {
		parse->state = MULTIPART_EPILOGUE;
		return BODY_FINE;
	}
	if (memcmp(rest.bytes, "\r\n", rest.length < 2 ? rest.length : 2) != 0)
		return BODY_BAD_PART;
	if (rest.length < 2) {
		*step = STEP_WAIT;
		return BODY_FINE;
	}
	parse->from += 2;
	if (parse->state == MULTIPART_CLOSE)
		parse->state = MULTIPART_EPILOGUE;
	else
		part_begin(parse);
	return BODY_FINE;
}

static enum body_fault step_delimiter(struct multipart *parse, enum step *step)
{
	struct span rest = unused(parse);
	if (rest.length < 2) {
		*step = STEP_WAIT;
		return BODY_FINE;
	}
	bool close = memcmp(rest.bytes, "--", 2) == 0;
	parse->from += close ? 2 : 0;
	parse->state = close ? MULTIPART_CLOSE : MULTIPART_LINE_END;
	return BODY_FINE;
}

static enum body_fault disposition_take(struct multipart *parse, struct span value)
{
	struct disposition disposition;
	if (parse->has_name || !disposition_read(value, parse->submission->arena, &disposition))
		return BODY_BAD_PART;
	if (disposition.name.length > parse->limits->name)
		return BODY_NAME_TOO_LONG;
	if (disposition.filename.length > FILENAME_MAX_BYTES)
		return BODY_NAME_TOO_LONG;
	parse->has_name = true;
	parse->has_filename = disposition.has_filename;
	parse->part.name = kept(parse, disposition.name);
	parse->part.filename = kept(parse, disposition.filename);
	parse->part.filename_is_utf8 = disposition.filename_is_utf8;
	return BODY_FINE;
}

/* A Content-Type that is not a media type counts as none, so that only plain text is kept as a type. */
static bool is_type(struct span value)
{
	for (size_t i = 0; i < value.length; i++)
		if ((unsigned char)value.bytes[i] < ' ' || (unsigned char)value.bytes[i] >= 0x7f)
			return false;
	return value.length > 0 && memchr(value.bytes, '/', value.length);
}

static enum body_fault header_take(struct multipart *parse, struct span line)
{
	const char *colon = memchr(line.bytes, ':', line.length);
	if (!colon || ++parse->headers > HEADERS_MAX || memchr(line.bytes, '\0', line.length) || memchr(line.bytes, '\r', line.length) ||
		memchr(line.bytes, '\n', line.length))
		return BODY_BAD_PART;
	struct span name = {line.bytes, (size_t)(colon - line.bytes)};
	struct span value = span_trim((struct span){colon + 1, line.length - name.length - 1});
	while (name.length && strchr(" \t", name.bytes[name.length - 1]))
		name.length--;
	if (!media_is_token(name))
		return BODY_BAD_PART;
	if (span_same(name, span_of("Content-Disposition")))
		return disposition_take(parse, value);
	if (!span_same(name, span_of("Content-Type")))
		return BODY_FINE;
	if (parse->has_type)
		return BODY_BAD_PART;
	parse->has_type = true;
	parse->part.type = is_type(value) ? kept(parse, value) : (struct span){"", 0};
	return BODY_FINE;
}

static enum body_fault headers_end(struct multipart *parse)
{
	if (!parse->has_name)
		return BODY_BAD_PART;
	if (++parse->parts > parse->limits->fields)
		return BODY_TOO_MANY_FIELDS;
	parse->state = MULTIPART_BLANK;
	return parse->has_filename ? parse->sink->begin(parse->sink->context, &parse->part) : BODY_FINE;
}

static enum body_fault step_headers(struct multipart *parse, enum step *step)
{
	struct span rest = unused(parse);
	const char *end = memmem(rest.bytes, rest.length, "\r\n", 2);
	size_t n = end ? (size_t)(end - rest.bytes) : rest.length;
	if (!end && n && rest.bytes[n - 1] == '\r')
		n--; /* the first half of a line end */
	if (parse->header_bytes + n > HEADER_BYTES_MAX)
		return BODY_BAD_PART;
	if (!end) {
		*step = STEP_WAIT;
		return BODY_FINE;
	}
	if (!n)
		return headers_end(parse);
	parse->header_bytes += n;
	parse->from += n + 2;
	return header_take(parse, (struct span){rest.bytes, n});
}

static enum body_fault step_take(struct multipart *parse, enum step *step)
{
	switch (parse->state) {
	case MULTIPART_START: return step_start(parse, step);
	case MULTIPART_PREAMBLE: return step_preamble(parse, step);
	case MULTIPART_DELIMITER: return step_delimiter(parse, step);
	case MULTIPART_HEADERS: return step_headers(parse, step);
	case MULTIPART_BLANK: return step_blank(parse, step);
	case MULTIPART_CONTENT: return step_content(parse, step);
	case MULTIPART_LINE_END:
	case MULTIPART_CLOSE: return step_line_end(parse, step);
	case MULTIPART_EPILOGUE: break;
	}
	parse->from = parse->to;
	*step = STEP_WAIT;
	return BODY_FINE;
}

enum body_fault multipart_feed(struct multipart *parse, const char *bytes, size_t n)
{
	enum body_fault fault = BODY_FINE;
	while (n && !fault) {
		size_t left = parse->to - parse->from, room = MULTIPART_BUFFER - left, more = n < room ? n : room;
		memmove(parse->buffer, parse->buffer + parse->from, left);
		memcpy(parse->buffer + left, bytes, more);
		parse->from = 0;
		parse->to = left + more;
		bytes += more;
		n -= more;
		for (enum step step = STEP_ON; step == STEP_ON && !fault;)
			fault = step_take(parse, &step);
	}
	return fault;
}

enum body_fault multipart_end(struct multipart *parse)
{
	struct span rest = unused(parse);
	bool closed = parse->state == MULTIPART_EPILOGUE || (parse->state == MULTIPART_CLOSE && (!rest.length || span_is(rest, "\r")));
	return closed ? BODY_FINE : BODY_NOT_CLOSED;
}
