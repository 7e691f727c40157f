/* multipart/form-data: each body whole, byte by byte, in pieces of several sizes, and split in two at every point. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/span.h"
#include "base/text.h"
#include "body/charset.h"
#include "body/multipart.h"

#define BAD "\xef\xbf\xbd"
#define TYPE "multipart/form-data; boundary="
#define B "--b\r\n"
#define END "\r\n--b--\r\n"
#define DISPOSITION "Content-Disposition: form-data"
#define NAMED(name) DISPOSITION "; name=\"" name "\"\r\n\r\n"
#define FILED(name, filename) DISPOSITION "; name=\"" name "\"; filename=\"" filename "\"\r\n\r\n"
#define BYTES(literal) literal, sizeof literal - 1

/* How what is expected is written: a field, a file, the end of each. */
#define FIELD(name, value) name "\1" value "\4"
#define FILE_(name, filename, type, content) name "\2" filename "\2" type "\3" content "\4"

enum { WHOLE = 0 };

static const struct limits roomy = {.body = 1 << 24, .fields = 100, .name = 200, .value = 65536, .files = 10, .file = 1 << 24};

static struct arena arena, aside, own; /* of the parse, of what it gave, of a test */
static const char *type = TYPE "b";
static const struct limits *limits = &roomy;

/* Where the sink's files go: their text, or, for large ones, just their size and how they begin and end. */
static struct text files;
static size_t begun, added, ended;

static enum body_fault file_begin(void *context, const struct file_part *part)
{
	(void)context;
	begun++;
	assert_int_equal(part->name.bytes[part->name.length], '\0');
	text_add(&files, part->name.bytes, part->name.length);
	text_put(&files, "\2");
	text_add(&files, part->filename.bytes, part->filename.length);
	text_put(&files, "\2");
	text_add(&files, part->type.bytes, part->type.length);
	text_put(&files, "\3");
	return BODY_FINE;
}

static enum body_fault file_add(void *context, const char *bytes, size_t n)
{
	(void)context;
	assert_int_not_equal(n, 0);
	added += n;
	text_add(&files, bytes, n);
	return BODY_FINE;
}

static enum body_fault file_end(void *context)
{
	(void)context;
	ended++;
	text_put(&files, "\4");
	return BODY_FINE;
}

static const struct file_sink sink = {NULL, file_begin, file_add, file_end};

static int begin(void **state)
{
	(void)state;
	type = TYPE "b";
	limits = &roomy;
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	arena_free(&aside);
	arena_free(&own);
	return 0;
}

/* Feeds a copy of just that size, so that a read past its end is seen by the tools that look for it. */
static enum body_fault feed(struct multipart *parse, const char *bytes, size_t n)
{
	char *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	enum body_fault fault = multipart_feed(parse, copy, n);
	memset(copy, '!', n); /* nothing is borrowed from a piece */
	free(copy);
	return fault;
}

/* Parses a body in pieces of that many bytes, the first of them first bytes long; 0: in one. */
static enum body_fault parse_with(const struct file_sink *to, struct submission *submission, const char *body, size_t n,
	size_t first, size_t piece)
{
	struct multipart parse;
	arena_reset(&arena);
	arena_reset(&aside);
	files = (struct text){.arena = &aside};
	begun = added = ended = 0;
	*submission = (struct submission){.arena = &arena};
	enum body_fault fault = multipart_begin(&parse, type, submission, limits, to);
	for (size_t at = 0, take = first ? first : n; at < n && !fault; at += take, take = piece ? piece : n - at) {
		take = take < n - at ? take : n - at;
		fault = feed(&parse, body + at, take);
	}
	return fault ? fault : multipart_end(&parse);
}

static enum body_fault parse(struct submission *submission, const char *body, size_t n, size_t first, size_t piece)
{
	return parse_with(&sink, submission, body, n, first, piece);
}

/* Fields first, then files. */
static struct span got(const struct submission *submission)
{
	struct text all = {.arena = &aside};
	for (size_t i = 0; i < submission->n; i++) {
		const struct pair *pair = &submission->pairs[i];
		assert_int_equal(pair->name.bytes[pair->name.length], '\0');
		assert_int_equal(pair->value.bytes[pair->value.length], '\0');
		text_add(&all, pair->name.bytes, pair->name.length);
		text_put(&all, "\1");
		text_add(&all, pair->value.bytes, pair->value.length);
		text_put(&all, "\4");
	}
	text_add(&all, text_string(&files), files.length);
	return (struct span){text_string(&all), all.length};
}

/* A body, what is wrong with it, and what it gives where nothing is. */
struct row {
	const char *body;
	size_t n;
	enum body_fault fault;
	const char *given;
	size_t given_n;
};

#define FINE(body, given) {BYTES(body), BODY_FINE, BYTES(given)}
#define WRONG(body, fault) {BYTES(body), fault, NULL, 0}

static void check_once(const struct row *row, size_t first, size_t piece)
{
	struct submission submission;
	enum body_fault fault = parse(&submission, row->body, row->n, first, piece);
	if (fault != row->fault)
		fail_msg("%s, \"%.300s\", %zu bytes first, then %zu: fault %d, not %d", type, row->body, first, piece, (int)fault,
			(int)row->fault);
	if (fault)
		return;
	assert_true(charset_settle(&submission, NULL, &(struct form){0}));
	struct span given = got(&submission);
	if (given.length != row->given_n || memcmp(given.bytes, row->given, given.length) != 0)
		fail_msg("%s, \"%.300s\", %zu bytes first, then %zu: gives \"%.300s\"", type, row->body, first, piece, given.bytes);
	assert_int_equal(begun, ended);
}

static void check(const struct row *row)
{
	static const size_t pieces[] = {1, 2, 3, 7, 4096};
	for (size_t first = WHOLE; first < row->n; first++)
		check_once(row, first, WHOLE);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
		check_once(row, pieces[i], pieces[i]);
}

static void check_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&rows[i]);
}

#define CHECK(rows) check_all(rows, sizeof rows / sizeof *rows)

static void parts_are_fields_and_files_in_their_order(void **state)
{
	static const struct row rows[] = {
		FINE("--b--\r\n", ""), FINE("--b--", ""), FINE(B NAMED("a") "1" END, FIELD("a", "1")), FINE(B NAMED("a") END, FIELD("a", "")),
		FINE(B NAMED("") "1" END, FIELD("", "1")), FINE(B NAMED("a") "1\r\n" B NAMED("b") "2" END, FIELD("a", "1") FIELD("b", "2")),
		FINE(B NAMED("a") "1\r\n" B NAMED("a") "1\r\n" B NAMED("a") END, FIELD("a", "1") FIELD("a", "1") FIELD("a", "")),
		FINE(B FILED("f", "x.txt") "content" END, FILE_("f", "x.txt", "", "content")),
		FINE(B DISPOSITION "; name=\"f\"; filename=\"x\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nc" END,
			FILE_("f", "x", "text/plain; charset=utf-8", "c")),
		FINE(B "Content-Type: text/plain\r\n" FILED("f", "x") "c" END, FILE_("f", "x", "text/plain", "c")),
		WRONG(B "Content-Type: a/b\r\nContent-Type: c/d\r\n" FILED("f", "x") "c" END, BODY_BAD_PART),
		WRONG(B "Content-Type: a/b\r\ncontent-type:\r\n" FILED("f", "x") "c" END, BODY_BAD_PART),
		FINE(B "Content-Type: a/b\r\n" FILED("f", "x") "c\r\n" B FILED("g", "y") "d" END,
			FILE_("f", "x", "a/b", "c") FILE_("g", "y", "", "d")),
		FINE(B "Content-Type:\r\n" FILED("f", "x") "c" END, FILE_("f", "x", "", "c")),
		FINE(B "Content-Type: text/\xff\r\n" FILED("f", "x") "c" END, FILE_("f", "x", "", "c")),
		FINE(B FILED("f", "x") END, FILE_("f", "x", "", "")), FINE(B FILED("f", "") END, FILE_("f", "", "", "")),
		FINE(B FILED("f", "1") "1\r\n" B NAMED("a") "2\r\n" B FILED("f", "3") "3" END,
			FIELD("a", "2") FILE_("f", "1", "", "1") FILE_("f", "3", "", "3")),
		FINE(B NAMED("_charset_") "utf-8" END, FIELD("_charset_", "utf-8")),
		FINE(B NAMED("a") "\0\0" END, FIELD("a", "\0\0")),
		FINE(B FILED("f", "x") "\0\xff\r\n\0" END, FILE_("f", "x", "", "\0\xff\r\n\0")),
	};
	(void)state;
	CHECK(rows);
}

static void a_preamble_an_epilogue_and_padding_are_passed_over(void **state)
{
	static const struct row rows[] = {
		FINE("\r\n" B NAMED("a") "1" END, FIELD("a", "1")), FINE("junk\r\n" B NAMED("a") "1" END, FIELD("a", "1")),
		FINE("junk\r\n--\r\n-\r\n--c\r\n\r\n\r\n" B NAMED("a") "1" END, FIELD("a", "1")), FINE("junk\0--b\r\n--b--", ""),
		FINE("x--b\r\n" NAMED("no") "\r\n" B NAMED("a") "1" END, FIELD("a", "1")),
		FINE(B NAMED("a") "1" END "junk", FIELD("a", "1")), FINE(B NAMED("a") "1" END "\r\n\r\n", FIELD("a", "1")),
		FINE(B NAMED("a") "1" END B NAMED("b") "2" END, FIELD("a", "1")), FINE(B NAMED("a") "1" END "\r\n--b", FIELD("a", "1")),
		FINE(B NAMED("a") "1\r\n--b--", FIELD("a", "1")), FINE(B NAMED("a") "1\r\n--b-- ", FIELD("a", "1")),
		FINE(B NAMED("a") "1\r\n--b-- \t \r\n", FIELD("a", "1")), FINE("--b \t\r\n" NAMED("a") "1" END, FIELD("a", "1")),
		FINE(B NAMED("a") "1\r\n--b\t\r\n" NAMED("b") "2" END, FIELD("a", "1") FIELD("b", "2")),
	};
	(void)state;
	CHECK(rows);
}

static void what_only_looks_like_a_boundary_is_content(void **state)
{
	static const struct row rows[] = {
		FINE(B NAMED("a") "1--b--" END, FIELD("a", "1--b--")), FINE(B NAMED("a") "--B" END, FIELD("a", "--B")),
		FINE(B NAMED("a") "1\n--b\n" END, FIELD("a", "1\n--b\n")), FINE(B NAMED("a") "1\r--b\r" END, FIELD("a", "1\r--b\r")),
		FINE(B NAMED("a") "1\r\n-b" END, FIELD("a", "1\r\n-b")), FINE(B NAMED("a") "1\r\n--" END, FIELD("a", "1\r\n--")),
		FINE(B NAMED("a") "1\r\n--B\r\n" END, FIELD("a", "1\r\n--B\r\n")), FINE(B NAMED("a") "1\r\n --b" END, FIELD("a", "1\r\n --b")),
		FINE(B NAMED("a") "\r" END, FIELD("a", "\r")), FINE(B NAMED("a") "\r\n" END, FIELD("a", "\r\n")),
		FINE(B NAMED("a") "\r\n-\r\n--\r\n" END, FIELD("a", "\r\n-\r\n--\r\n")),
		FINE(B NAMED("a") "\r\n\r\n\r\n-" END, FIELD("a", "\r\n\r\n\r\n-")),
		FINE(B NAMED("a") "\r\r\r" END, FIELD("a", "\r\r\r")), FINE(B NAMED("a") "\n" END, FIELD("a", "\n")),
		FINE(B FILED("f", "x") "---b\r\n-\r\n--\r\n---b" END, FILE_("f", "x", "", "---b\r\n-\r\n--\r\n---b")),
	};
	(void)state;
	CHECK(rows);
}

static void a_line_that_begins_with_the_boundary_and_goes_on_is_refused(void **state)
{
	static const struct row rows[] = {
		WRONG("--bX\r\n" NAMED("a") "1" END, BODY_BAD_PART), WRONG("--b\n" NAMED("a") "1" END, BODY_BAD_PART),
		WRONG("--b\r" NAMED("a") "1" END, BODY_BAD_PART), WRONG("--b \rx" NAMED("a") "1" END, BODY_BAD_PART),
		WRONG("--b-\r\n" NAMED("a") "1" END, BODY_BAD_PART), WRONG("--b-- x\r\n", BODY_BAD_PART), WRONG("--b--x", BODY_BAD_PART),
		WRONG("--b---", BODY_BAD_PART), WRONG("--b--\rx", BODY_BAD_PART), WRONG(B NAMED("a") "1\r\n--bX" END, BODY_BAD_PART),
		WRONG(B FILED("f", "x") "1\r\n--bX\r\n" END, BODY_BAD_PART), WRONG(B NAMED("a") "1\r\n--b\0\r\n" END, BODY_BAD_PART),
		WRONG("junk\r\n--bX\r\n" B NAMED("a") "1" END, BODY_BAD_PART),
	};
	(void)state;
	CHECK(rows);
}

static void a_first_boundary_behind_a_bare_line_feed_is_refused(void **state)
{
	static const struct row rows[] = {
		WRONG("x\n--b--\r\n", BODY_BAD_PART), WRONG("x\n" B NAMED("a") "1\r\n" B NAMED("b") "2" END, BODY_BAD_PART),
		WRONG("\r\n-\n" B NAMED("a") "1" END, BODY_BAD_PART), WRONG("\xef\xbb\xbfx\n" B NAMED("a") "1" END, BODY_BAD_PART),
		WRONG("\r\njunk\n" B NAMED("a") "1" END, BODY_BAD_PART), FINE("\n-b\r\n" B NAMED("a") "1" END, FIELD("a", "1")),
	};
	(void)state;
	CHECK(rows);
}

static void a_mark_and_blank_lines_before_the_first_boundary_lose_nothing(void **state)
{
#define MARK "\xef\xbb\xbf"
	static const struct row rows[] = {
		FINE(MARK B NAMED("a") "1" END, FIELD("a", "1")), FINE(MARK "\r\n" B NAMED("a") "1" END, FIELD("a", "1")),
		FINE("\n" B NAMED("a") "1" END, FIELD("a", "1")), FINE("\n\n\r\n\n" B NAMED("a") "1" END, FIELD("a", "1")),
		FINE(MARK "\n \t\n" B NAMED("a") "1" END, FIELD("a", "1")), FINE("\n--b--\r\n", ""), FINE(MARK "--b--", ""),
		FINE(MARK "junk\r\n" B NAMED("a") "1" END, FIELD("a", "1")), FINE("\n\r\njunk\r\n" B NAMED("a") "1" END, FIELD("a", "1")),
		FINE("\n-b\r\n" B NAMED("a") "1" END, FIELD("a", "1")), FINE("\xef\r\n" B NAMED("a") "1" END, FIELD("a", "1")),
		/* blanks on the boundary's own line, and what only looks like a mark */
		WRONG(" " B NAMED("a") "1" END, BODY_BAD_PART), WRONG("\r\n\t" B NAMED("a") "1" END, BODY_BAD_PART),
		WRONG("\r" B NAMED("a") "1" END, BODY_BAD_PART), WRONG(MARK " " B NAMED("a") "1" END, BODY_BAD_PART),
		WRONG("\n", BODY_NOT_CLOSED), WRONG(MARK, BODY_NOT_CLOSED), WRONG("\xef\xbb", BODY_NOT_CLOSED),
	};
	(void)state;
	CHECK(rows);
}

/* RFC 2046 §5.1.1: the line end of the blank line is that of the boundary. */
static void a_part_may_have_headers_alone(void **state)
{
	static const struct row rows[] = {
		FINE(B NAMED("a") B NAMED("b") "1" END, FIELD("a", "") FIELD("b", "1")), FINE(B NAMED("a") "--b--\r\n", FIELD("a", "")),
		WRONG(B NAMED("a") "--b" END, BODY_BAD_PART), FINE(B FILED("f", "x") "--b--", FILE_("f", "x", "", "")),
		FINE(B NAMED("a") "1\r\n" B NAMED("b") "--b \r\n" NAMED("c") "3" END, FIELD("a", "1") FIELD("b", "") FIELD("c", "3")),
		FINE(B NAMED("a") "--c" END, FIELD("a", "--c")), FINE(B NAMED("a") "-" END, FIELD("a", "-")),
		WRONG(B FILED("f", "x") "--bX\r\n" END, BODY_BAD_PART), WRONG(B NAMED("a") "--b1" END, BODY_BAD_PART),
	};
	(void)state;
	CHECK(rows);
}

static void a_body_may_end_in_half_a_line_end(void **state)
{
	static const struct row rows[] = {
		FINE(B NAMED("a") "1\r\n--b--\r", FIELD("a", "1")), FINE(B NAMED("a") "1\r\n--b--\n", FIELD("a", "1")),
		FINE(B NAMED("a") "1\r\n--b-- \r", FIELD("a", "1")), FINE("--b--\n", ""), FINE("--b--\njunk", ""),
	};
	(void)state;
	CHECK(rows);
}

static void a_body_without_its_last_boundary_is_refused(void **state)
{
	static const char whole[] = "junk\r\n" B NAMED("a") "1\r\n--b \r\n" FILED("f", "x") "content\r\n--b--";
	static const struct row rows[] = {
		WRONG(B NAMED("a") "1\n--b--\n", BODY_NOT_CLOSED),
		WRONG(B NAMED("a") "1--b--\r\n", BODY_NOT_CLOSED), WRONG(B NAMED("a") "1\r\n--c--\r\n", BODY_NOT_CLOSED),
		WRONG("junk--b--\r\n", BODY_NOT_CLOSED),
	};
	(void)state;
	CHECK(rows);
	for (size_t n = 0; n < sizeof whole - 1; n++)
		check(&(struct row){whole, n, BODY_NOT_CLOSED, NULL, 0});
	check(&(struct row){BYTES(whole), BODY_FINE, BYTES(FIELD("a", "1") FILE_("f", "x", "", "content"))});
}

static void headers_are_read_as_they_are_written(void **state)
{
	static const struct row rows[] = {
		FINE(B "content-disposition: FORM-DATA; NAME=\"a\"\r\n\r\n1" END, FIELD("a", "1")),
		FINE(B "CONTENT-DISPOSITION:form-data;name=\"a\"\r\n\r\n1" END, FIELD("a", "1")),
		FINE(B "Content-Disposition : \t form-data ; name = \"a\" ; filename\t=\t\"x\" \t\r\n\r\n1" END, FILE_("a", "x", "", "1")),
		FINE(B DISPOSITION "; filename=\"x\"; name=\"a\"\r\n\r\n1" END, FILE_("a", "x", "", "1")),
		FINE(B DISPOSITION "; name=\"a\";\r\n\r\n1" END, FIELD("a", "1")),
		FINE(B DISPOSITION ";; ;name=\"a\"\r\n\r\n1" END, FIELD("a", "1")),
		FINE(B DISPOSITION "; other=1; name=\"a\"; x=\"y;z\"\r\n\r\n1" END, FIELD("a", "1")),
		FINE(B "X-Other: 1\r\nX.y_z!#$%&'*+^`|~0: \r\n" NAMED("a") "1" END, FIELD("a", "1")),
		FINE(B "Content-Transfer-Encoding: base64\r\n" NAMED("a") "MQ==" END, FIELD("a", "MQ==")),
		FINE(B "Content-Transfer-Encoding: quoted-printable\r\n" NAMED("a") "=31" END, FIELD("a", "=31")),
		FINE(B "Content-Length: 1\r\n" NAMED("a") "123" END, FIELD("a", "123")),
		FINE(B "Content-Type: text/plain; charset=utf-8\r\n" NAMED("a") "\xc3\xa9" END, FIELD("a", "\xc3\xa9")),
		FINE(B "X: a:b\tc\x01\xff\r\n" NAMED("a") "1" END, FIELD("a", "1")),
	};
	(void)state;
	CHECK(rows);
}

static void a_part_whose_headers_are_malformed_is_refused(void **state)
{
	static const struct row rows[] = {
		WRONG(B "\r\n1" END, BODY_BAD_PART), WRONG(B "Content-Type: text/plain\r\n\r\n1" END, BODY_BAD_PART),
		WRONG(B "junk\r\n" NAMED("a") "1" END, BODY_BAD_PART), WRONG(B ": x\r\n" NAMED("a") "1" END, BODY_BAD_PART),
		WRONG(B "X Y: 1\r\n" NAMED("a") "1" END, BODY_BAD_PART), WRONG(B "X@Y: 1\r\n" NAMED("a") "1" END, BODY_BAD_PART),
		WRONG(B "X\xe9: 1\r\n" NAMED("a") "1" END, BODY_BAD_PART), WRONG(B "X\x01: 1\r\n" NAMED("a") "1" END, BODY_BAD_PART),
		WRONG(B " X: 1\r\n" NAMED("a") "1" END, BODY_BAD_PART), WRONG(B "\"X\": 1\r\n" NAMED("a") "1" END, BODY_BAD_PART),
		WRONG(B " " NAMED("a") "1" END, BODY_BAD_PART),
		/* folded, which RFC 7578 §4 has no use for and few read alike */
		WRONG(B DISPOSITION ";\r\n name=\"a\"\r\n\r\n1" END, BODY_BAD_PART),
		WRONG(B DISPOSITION ";\r\n\tname=\"a\"\r\n\r\n1" END, BODY_BAD_PART),
		WRONG(B DISPOSITION "; name=\"a\"\r\n x:y\r\n\r\n1" END, BODY_BAD_PART),
		WRONG(B DISPOSITION "; name=\"a\r\n b\"\r\n\r\n1" END, BODY_BAD_PART),
		WRONG(B "X: 1\r\n 2\r\n" NAMED("a") "1" END, BODY_BAD_PART), WRONG(B "X: 1\r\n \r\n" NAMED("a") "1" END, BODY_BAD_PART),
		/* bytes that no header holds */
		WRONG(B NAMED("a\0b") "1" END, BODY_BAD_PART), WRONG(B FILED("a", "x\0.png") "1" END, BODY_BAD_PART),
		WRONG(B "X: \0\r\n" NAMED("a") "1" END, BODY_BAD_PART),
		WRONG(B "X\0: 1\r\n" NAMED("a") "1" END, BODY_BAD_PART), WRONG(B NAMED("a\rb") "1" END, BODY_BAD_PART),
		WRONG(B NAMED("a\nb") "1" END, BODY_BAD_PART),
		WRONG(B FILED("a", "\n") "1" END, BODY_BAD_PART), WRONG(B FILED("a", "x\ry") "1" END, BODY_BAD_PART),
		WRONG(B "X: 1\n" NAMED("a") "1" END, BODY_BAD_PART),
		WRONG(B "X: 1\r\r\n" NAMED("a") "1" END, BODY_BAD_PART), WRONG(B DISPOSITION "; name=\"a\"\n\n1" END, BODY_BAD_PART),
		/* the body begins before the headers have ended */
		WRONG(B DISPOSITION "; name=\"a\"" END, BODY_BAD_PART), WRONG(B B NAMED("a") "1" END, BODY_BAD_PART),
		WRONG(B "--b--\r\n", BODY_BAD_PART),
	};
	(void)state;
	CHECK(rows);
}

static void a_disposition_that_could_be_read_in_two_ways_is_refused(void **state)
{
#define DISPOSED(rest) B "Content-Disposition: " rest "\r\n\r\n1" END
	static const struct row rows[] = {
		WRONG(DISPOSED("form-data"), BODY_BAD_PART), WRONG(DISPOSED(""), BODY_BAD_PART), WRONG(DISPOSED("form-data;"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; filename=\"x\""), BODY_BAD_PART), WRONG(DISPOSED("form-data; filename=\"name=a\""), BODY_BAD_PART),
		WRONG(DISPOSED("attachment; name=\"a\""), BODY_BAD_PART), WRONG(DISPOSED("form-datax; name=\"a\""), BODY_BAD_PART),
		WRONG(DISPOSED("form-data name=\"a\""), BODY_BAD_PART), WRONG(DISPOSED("name=\"a\""), BODY_BAD_PART),
		WRONG(DISPOSED("\"form-data\"; name=\"a\""), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name="), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=;x=y"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"b"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\" b"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=a b"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=a\"b\""), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\\\" b"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename=\"b\\\"; x=\";\""), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\", name=\"b\""), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; name=\"b\""), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; NAME=a"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename=\"\"; filename=\"x\""), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename*0=x"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"; filename*0*=UTF-8''x; filename*1=y"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename=\"x\"; filename*1=y"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; name*=UTF-8''b"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name*=UTF-8''b; name=\"a\""), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; name*0=b"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name*=UTF-8''b"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\";\x0b" "filename=\"x\""), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"; \x0c" "filename=\"x\""), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\";\xc2\xa0" "filename=\"x\""), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"; filename\xa0=\"x\""), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; file name=\"x\""), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"; \"filename\"=x"), BODY_BAD_PART),
		/* filename* that can't be read */
		WRONG(DISPOSED("form-data; name=\"a\"; filename*=x"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"; filename*=UTF-8'x"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''%C3"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''%"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''%4"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''%4g"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename*=nonesuch''x"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"; filename*=''x"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''a%00b"), BODY_BAD_PART), WRONG(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''a%0D%0Ab"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''x; filename*=UTF-8''y"), BODY_BAD_PART),
		WRONG(DISPOSED("form-data; name=\"a\"; filename=\"x\"; filename*=UTF-8''%FF"), BODY_BAD_PART),
		WRONG(B DISPOSITION "; name=\"a\"\r\n" NAMED("a") "1" END, BODY_BAD_PART),
		WRONG(B DISPOSITION "; name=\"a\"\r\n" FILED("b", "x") "1" END, BODY_BAD_PART),
	};
	(void)state;
	CHECK(rows);
}

/* WHATWG HTML, "multipart/form-data encoding algorithm": a quote is %22 and a line end %0D%0A, and nothing else is an escape. */
static void names_are_taken_by_the_letter(void **state)
{
	static const struct row rows[] = {
		FINE(DISPOSED("form-data; name=a"), FIELD("a", "1")),
		FINE(DISPOSED("form-data; name=a;filename=x.txt"), FILE_("a", "x.txt", "", "1")),
		FINE(DISPOSED("form-data; name='a'"), FIELD("'a'", "1")), FINE(DISPOSED("form-data; name=\"\""), FIELD("", "1")),
		FINE(DISPOSED("form-data; name=\"a;b=c\""), FIELD("a;b=c", "1")),
		FINE(DISPOSED("form-data; name=\"; filename=x\""), FIELD("; filename=x", "1")),
		FINE(DISPOSED("form-data; name=\" a \""), FIELD(" a ", "1")),
		FINE(DISPOSED("form-data; name=\"a\tb\x01\x7f\""), FIELD("a\tb\x01\x7f", "1")),
		FINE(DISPOSED("form-data; name=\"a%22b%0D%0Ac%00%41%\""), FIELD("a%22b%0D%0Ac%00%41%", "1")),
		FINE(DISPOSED("form-data; name=\"a+b&c\""), FIELD("a+b&c", "1")),
		FINE(DISPOSED("form-data; name=\"a\\b\""), FIELD("a\\b", "1")),
		FINE(DISPOSED("form-data; name=\"a\\\""), FIELD("a\\", "1")), FINE(DISPOSED("form-data; name=\"a[]\""), FIELD("a[]", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"C:\\dir\\x.txt\""), FILE_("a", "C:\\dir\\x.txt", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"C:\\dir\\\""), FILE_("a", "C:\\dir\\", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"../../etc/passwd\""), FILE_("a", "../../etc/passwd", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"%22x%22%0D%0A\""), FILE_("a", "%22x%22%0D%0A", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"C:\\dir\\\"; x=y"), FILE_("a", "C:\\dir\\", "", "1")),
		FINE(DISPOSED("form-data; filename=\"C:\\dir\\\"; name=\"a\""), FILE_("a", "C:\\dir\\", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"C:\\dir\\\\\""), FILE_("a", "C:\\dir\\\\", "", "1")),
		FINE(DISPOSED("form-data; name=\"\xf0\x9f\x98\x80\"; filename=\"\xc3\xa9\""), FILE_("\xf0\x9f\x98\x80", "\xc3\xa9", "", "1")),
	};
	(void)state;
	CHECK(rows);
}

static void a_quote_behind_a_backslash_is_a_part_of_the_name_where_it_can_be_nothing_else(void **state)
{
	static const struct row rows[] = {
		FINE(DISPOSED("form-data; name=\"a\\\"b\""), FIELD("a\"b", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"x\\\"y.png\""), FILE_("a", "x\"y.png", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"\\\"x\\\".png\""), FILE_("a", "\"x\".png", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"x\\\"y\\\\z\""), FILE_("a", "x\"y\\z", "", "1")),
		FINE(DISPOSED("form-data; filename=\"x\\\"y\"; name=\"a\\\"b\""), FILE_("a\"b", "x\"y", "", "1")),
		WRONG(DISPOSED("form-data; name=\"a\"; filename=\"x\\\"; y.png"), BODY_BAD_PART),
	};
	(void)state;
	CHECK(rows);
}

static void an_extended_file_name_makes_a_file_and_wins(void **state)
{
	static const struct row rows[] = {
		FINE(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''y"), FILE_("a", "y", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename=\"x\"; filename*=UTF-8''y"), FILE_("a", "y", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename*=utf-8'de'%C3%BC%20%22%25.txt; filename=\"x\""), FILE_("a", "\xc3\xbc \"%.txt", "", "1")),
		FINE(DISPOSED("form-data; name=a; filename=\"=?utf-8?B?w7wudHh0?=\"; filename*=utf-8''%C3%BC.txt"), FILE_("a", "\xc3\xbc.txt", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; FileName*=\"UTF-8''%E2%82%AC\""), FILE_("a", "\xe2\x82\xac", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename*=iso-8859-1'en'%A3"), FILE_("a", "\xc2\xa3", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''it's"), FILE_("a", "it's", "", "1")),
		FINE(DISPOSED("form-data; name=\"a\"; filename*=UTF-8''"), FILE_("a", "", "", "1")),
	};
	(void)state;
	CHECK(rows);
}

static void what_is_not_utf_8_becomes_u_fffd(void **state)
{
	static const struct row rows[] = {
		FINE(B NAMED("a\xff") "\xfe" END, FIELD("a" BAD, BAD)), FINE(B NAMED("\xc3") "\xc3\xa9\xc3" END, FIELD(BAD, "\xc3\xa9" BAD)),
		FINE(B NAMED("a") "\xe2\x82\xac\xe2\x82" END, FIELD("a", "\xe2\x82\xac" BAD)),
		FINE(B NAMED("a") "\xed\xa0\x80" END, FIELD("a", BAD BAD BAD)),
		FINE(B NAMED("a") "\xf0\x9f\x98\r\n" END, FIELD("a", BAD "\r\n")),
		FINE(B NAMED("a") "\xef\xbb\xbfx" END, FIELD("a", "\xef\xbb\xbfx")),
		FINE(B FILED("f", "x") "\xe9" END, FILE_("f", "x", "", "\xe9")),
	};
	(void)state;
	CHECK(rows);
}

static void the_boundary_is_what_the_content_type_says(void **state)
{
	static const struct {
		const char *type, *boundary;
	} cases[] = {
		{"multipart/form-data; boundary=b", "b"}, {"multipart/form-data;boundary=b", "b"}, {"MULTIPART/Form-Data; BOUNDARY=b", "b"},
		{"multipart/form-data; charset=utf-8; boundary=b", "b"}, {"multipart/form-data; boundary=b; charset=utf-8", "b"},
		{"multipart/form-data; boundary=\"b\"", "b"}, {"multipart/form-data; boundary=\"b c\"", "b c"},
		{"multipart/form-data; boundary=\"b;c=d\"", "b;c=d"}, {"multipart/form-data; boundary=\"b\\\"c\"", "b\"c"},
		{"multipart/form-data; x=\";boundary=no\"; boundary=b", "b"},
		{"multipart/form-data; boundary=\"'()+_,-./:=?\"", "'()+_,-./:=?"},
		{"multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW", "----WebKitFormBoundary7MA4YWxkTrZu0gW"},
		{"multipart/form-data; boundary=--", "--"}, {"multipart/form-data; boundary=-", "-"},
		{"multipart/form-data; boundary=aab", "aab"},
		{"multipart/form-data; boundary=\xc3\xa9", "\xc3\xa9"}, {"multipart/form-data; boundary=b ", "b"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			const char *boundary = cases[i].boundary;
		const char *body = text_printed(&own, "--%s\r\n%s-\r\n--a\r\n--%s--", boundary, NAMED("a"), boundary);
		type = cases[i].type;
		check(&(struct row){body, strlen(body), BODY_FINE, BYTES(FIELD("a", "-\r\n--a"))});
		arena_reset(&own);
	}
}

static void a_boundary_that_is_none_or_too_long_is_refused(void **state)
{
	static const char *const none[] = {"multipart/form-data", "multipart/form-data;", "multipart/form-data; boundary",
		"multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=;x=y",
		"multipart/form-data; xboundary=b", "multipart/form-data; boundary=b; boundary=c", "multipart/form-data; boundary=b; BOUNDARY=b",
		"multipart/form-data; boundary=b; boundary*=UTF-8''c", "multipart/form-data; boundary*0=x; boundary=b"};
	char dashes[MULTIPART_BOUNDARY_MAX + 2];
	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		type = none[i];
		check(&(struct row)WRONG("--b--\r\n", BODY_NO_BOUNDARY));
	}
	memset(dashes, 'x', sizeof dashes);
	dashes[MULTIPART_BOUNDARY_MAX + 1] = '\0';
	type = text_printed(&own, TYPE "%s", dashes);
	check(&(struct row)WRONG("--x--\r\n", BODY_NO_BOUNDARY));
	dashes[MULTIPART_BOUNDARY_MAX] = '\0';
	type = text_printed(&own, TYPE "%s", dashes);
	const char *body = text_printed(&own, "--%s\r\n%s1\r\n--%s--", dashes, NAMED("a"), dashes);
	check(&(struct row){body, strlen(body), BODY_FINE, BYTES(FIELD("a", "1"))});
}

static void a_part_has_at_most_20_headers(void **state)
{
	(void)state;
	for (int n = 19; n <= 20; n++) {
		struct text body = {.arena = &own};
		text_put(&body, B);
		for (int i = 0; i < n; i++)
			text_put(&body, "X: 1\r\n");
		text_put(&body, NAMED("a") "1" END);
		check(&(struct row){body.bytes, body.length, n == 19 ? BODY_FINE : BODY_BAD_PART, BYTES(FIELD("a", "1"))});
	}
}

/* Several lines, or one: line ends are not counted. */
static void a_part_has_at_most_8_kib_of_headers(void **state)
{
	enum { MOST = 8192, NAME = sizeof DISPOSITION "; name=\"a\"" - 1 };
	(void)state;
	for (size_t lines = 1; lines <= 3; lines += 2)
		for (size_t more = 0; more <= 1; more++) {
			struct text body = {.arena = &own};
			size_t left = MOST - NAME + more;
			text_put(&body, B DISPOSITION "; name=\"a\"\r\n");
			for (size_t i = lines; i > 0; i--) {
				size_t n = i > 1 ? left / lines : left;
				text_put(&body, "X:");
				for (size_t k = 2; k < n; k++)
					text_put(&body, "x");
				text_put(&body, "\r\n");
				left -= i > 1 ? n : 0;
			}
			text_put(&body, "\r\n1" END);
			struct row row = {body.bytes, body.length, more ? BODY_BAD_PART : BODY_FINE, BYTES(FIELD("a", "1"))};
			check(&row);
		}
}

static void the_limits_are_the_largest_that_is_taken(void **state)
{
	static const struct limits small = {.body = 12, .fields = 3, .name = 4, .value = 5};
	static const struct row rows[] = {
		FINE(B NAMED("name") "value" END, FIELD("name", "value")), WRONG(B NAMED("names") "value" END, BODY_NAME_TOO_LONG),
		WRONG(B NAMED("name") "values" END, BODY_VALUE_TOO_LONG), WRONG(B NAMED("name") "values and more\r\n", BODY_VALUE_TOO_LONG),
		FINE(B NAMED("a") "\r\n\r\n\r" END, FIELD("a", "\r\n\r\n\r")), WRONG(B NAMED("a") "\r\n\r\n\r\n" END, BODY_VALUE_TOO_LONG),
		FINE(B FILED("name", "x") "content" END, FILE_("name", "x", "", "content")),
		WRONG(B FILED("names", "x") "1" END, BODY_NAME_TOO_LONG),
		FINE(B NAMED("a") "\r\n" B NAMED("b") "\r\n" B FILED("c", "") END, FIELD("a", "") FIELD("b", "") FILE_("c", "", "", "")),
		WRONG(B NAMED("a") "\r\n" B NAMED("b") "\r\n" B NAMED("c") "\r\n" B NAMED("d") END, BODY_TOO_MANY_FIELDS),
		WRONG(B FILED("a", "x") "\r\n" B FILED("b", "x") "\r\n" B FILED("c", "x") "\r\n" B FILED("d", "x") END, BODY_TOO_MANY_FIELDS),
		FINE(B NAMED("a") "12345\r\n" B NAMED("b") "12345\r\n" B NAMED("c") "12" END,
			FIELD("a", "12345") FIELD("b", "12345") FIELD("c", "12")),
		WRONG(B NAMED("a") "12345\r\n" B NAMED("b") "12345\r\n" B NAMED("c") "123" END, BODY_TOO_LARGE),
		FINE(B FILED("a", "x") "12345678901234567890\r\n" B NAMED("b") "12345" END,
			FIELD("b", "12345") FILE_("a", "x", "", "12345678901234567890")),
	};
	(void)state;
	limits = &small;
	CHECK(rows);
}

/* As an urlencoded body's: the limits are for what was sent, not for what stands in its place. */
static void what_is_not_utf_8_counts_as_the_bytes_that_came(void **state)
{
	static const struct limits small = {.body = 100, .fields = 3, .name = 4, .value = 5};
	static const struct row rows[] = {
		FINE(B NAMED("a") "\xff\xff\xff\xff\xff" END, FIELD("a", BAD BAD BAD BAD BAD)),
		WRONG(B NAMED("a") "\xff\xff\xff\xff\xff\xff" END, BODY_VALUE_TOO_LONG),
		FINE(B NAMED("\xff\xff\xff\xff") "1" END, FIELD(BAD BAD BAD BAD, "1")),
		WRONG(B NAMED("\xff\xff\xff\xff\xff") "1" END, BODY_NAME_TOO_LONG),
	};
	(void)state;
	limits = &small;
	CHECK(rows);
}

static void a_name_of_a_file_has_at_most_1024_bytes(void **state)
{
	char name[1026];
	(void)state;
	memset(name, 'x', sizeof name);
	name[1025] = '\0';
	const char *body = text_printed(&own, B DISPOSITION "; name=\"f\"; filename=\"%s\"\r\n\r\n1" END, name);
	check(&(struct row){body, strlen(body), BODY_NAME_TOO_LONG, NULL, 0});
	name[1024] = '\0';
	body = text_printed(&own, B DISPOSITION "; name=\"f\"; filename=\"%s\"\r\n\r\n1" END, name);
	const char *given = text_printed(&own, "f\2%s\2\3" "1\4", name);
	check(&(struct row){body, strlen(body), BODY_FINE, given, strlen(given)});
}

/* --- content that is hard to take apart --- */

static void a_mebibyte_of_anything_comes_through(void **state)
{
	static const char *const patterns[] = {"\r\n", "\r", "\n", "-", "--", "\r\n-", "\r\n--", "\r\n--\r\n--a",
		"\r\r\n--aa", "\r\n--aaaaaaa", "\n--aaaaaaab", "a", "x"};
	static const size_t pieces[] = {WHOLE, 1, 3, 7, 4095, 4096, 16384, 100000};
	enum { SIZE = 1 << 20 };
	(void)state;
	type = TYPE "aaaaaaab";
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		struct text body = {.arena = &own}, given = {.arena = &own};
		text_put(&body, "--aaaaaaab\r\n" FILED("f", "x"));
		text_put(&given, "f\2x\2\3");
		for (size_t n = strlen(patterns[i]), at = 0; at + n <= SIZE; at += n) {
			text_add(&body, patterns[i], n);
			text_add(&given, patterns[i], n);
		}
		text_put(&body, "\r\n--aaaaaaab--\r\n");
		text_put(&given, "\4");
		struct row row = {body.bytes, body.length, BODY_FINE, given.bytes, given.length};
		for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++)
			check_once(&row, pieces[k], pieces[k]);
		arena_reset(&own);
	}
}

static void a_boundary_is_found_wherever_the_buffer_ends(void **state)
{
	(void)state;
	for (size_t size = MULTIPART_BUFFER - 80; size < MULTIPART_BUFFER + 10; size++) {
		struct text body = {.arena = &own}, given = {.arena = &own};
		char *content = memset(arena_take(&own, size), 'x', size);
		text_put(&body, B FILED("f", "x"));
		text_add(&body, content, size);
		text_put(&body, "\r\n" B NAMED("a") "1" END);
		text_put(&given, FIELD("a", "1") "f\2x\2\3");
		text_add(&given, content, size);
		text_put(&given, "\4");
		struct row row = {body.bytes, body.length, BODY_FINE, given.bytes, given.length};
		check_once(&row, WHOLE, WHOLE);
		check_once(&row, MULTIPART_BUFFER, MULTIPART_BUFFER);
		check_once(&row, 4096, 4096);
		arena_reset(&own);
	}
}

static enum body_fault count_begin(void *context, const struct file_part *part)
{
	(void)context, (void)part;
	return BODY_FINE;
}

static enum body_fault count_add(void *context, const char *bytes, size_t n)
{
	(void)bytes;
	*(size_t *)context += n;
	return BODY_FINE;
}

static enum body_fault count_end(void *context)
{
	(void)context;
	return BODY_FINE;
}

/* Once the parse has its buffer, the newest block stays the newest. */
static void no_file_preamble_or_epilogue_takes_more_memory_for_being_longer(void **state)
{
	static const char *const starts[] = {"", B FILED("f", "x"), "--b--\r\n"};
	static char piece[10000];
	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		size_t count = 0;
		struct multipart parsing;
		struct submission submission = {.arena = &arena};
		const struct file_sink counting = {&count, count_begin, count_add, count_end};
		arena_reset(&arena);
		assert_int_equal(multipart_begin(&parsing, type, &submission, &roomy, &counting), BODY_FINE);
		assert_int_equal(multipart_feed(&parsing, starts[i], strlen(starts[i])), BODY_FINE);
		struct arena_block *block = arena.blocks;
		memset(piece, i ? '\r' : '-', sizeof piece);
		for (size_t fed = 0; fed < 2000; fed++)
			assert_int_equal(multipart_feed(&parsing, piece, sizeof piece), BODY_FINE);
		assert_ptr_equal(arena.blocks, block);
		assert_true(count == 0 || i == 1);
		assert_int_equal(multipart_feed(&parsing, BYTES(END)), BODY_FINE);
		assert_int_equal(count, i == 1 ? 2000 * sizeof piece : 0);
	}
}

/* --- the sink --- */

static int calls, failing_call;

static enum body_fault fail_at_last(void)
{
	assert_true(calls < failing_call); /* nothing is asked for after a fault */
	return ++calls == failing_call ? BODY_NOT_KEPT : BODY_FINE;
}

static enum body_fault failing_begin(void *context, const struct file_part *part)
{
	(void)context, (void)part;
	return fail_at_last();
}

static enum body_fault failing_add(void *context, const char *bytes, size_t n)
{
	(void)context, (void)bytes, (void)n;
	return fail_at_last();
}

static enum body_fault failing_end(void *context)
{
	(void)context;
	return fail_at_last();
}

static void a_fault_of_the_sink_ends_the_parse(void **state)
{
	static const char body[] = B FILED("f", "x") "1\r\n" B FILED("g", "y") "2" END;
	static const struct file_sink failing = {NULL, failing_begin, failing_add, failing_end};
	struct submission submission;
	(void)state;
	for (failing_call = 1; failing_call <= 6; failing_call++)
		for (size_t piece = WHOLE; piece < 4; piece++) {
			calls = 0;
			assert_int_equal(parse_with(&failing, &submission, BYTES(body), piece, piece), BODY_NOT_KEPT);
			assert_int_equal(calls, failing_call);
		}
}

static void an_empty_piece_changes_nothing(void **state)
{
	static const char body[] = B NAMED("a") "1" END;
	struct multipart parsing;
	struct submission submission = {.arena = &arena};
	(void)state;
	files = (struct text){.arena = &aside};
	assert_int_equal(multipart_begin(&parsing, type, &submission, &roomy, &sink), BODY_FINE);
	for (const char *c = body; *c; c++) {
		assert_int_equal(multipart_feed(&parsing, c, 0), BODY_FINE);
		assert_int_equal(multipart_feed(&parsing, c, 1), BODY_FINE);
	}
	assert_int_equal(multipart_feed(&parsing, "", 0), BODY_FINE);
	assert_int_equal(multipart_end(&parsing), BODY_FINE);
	assert_string_equal(got(&submission).bytes, FIELD("a", "1"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(parts_are_fields_and_files_in_their_order),
		TEST(a_preamble_an_epilogue_and_padding_are_passed_over),
		TEST(what_only_looks_like_a_boundary_is_content),
		TEST(a_line_that_begins_with_the_boundary_and_goes_on_is_refused),
		TEST(a_first_boundary_behind_a_bare_line_feed_is_refused),
		TEST(a_part_may_have_headers_alone),
		TEST(a_body_may_end_in_half_a_line_end), TEST(a_mark_and_blank_lines_before_the_first_boundary_lose_nothing),
		TEST(a_quote_behind_a_backslash_is_a_part_of_the_name_where_it_can_be_nothing_else), TEST(an_extended_file_name_makes_a_file_and_wins),
		TEST(a_body_without_its_last_boundary_is_refused),
		TEST(headers_are_read_as_they_are_written),
		TEST(a_part_whose_headers_are_malformed_is_refused),
		TEST(a_disposition_that_could_be_read_in_two_ways_is_refused),
		TEST(names_are_taken_by_the_letter),
		TEST(what_is_not_utf_8_becomes_u_fffd),
		TEST(the_boundary_is_what_the_content_type_says),
		TEST(a_boundary_that_is_none_or_too_long_is_refused),
		TEST(a_part_has_at_most_20_headers),
		TEST(a_part_has_at_most_8_kib_of_headers),
		TEST(the_limits_are_the_largest_that_is_taken),
		TEST(what_is_not_utf_8_counts_as_the_bytes_that_came),
		TEST(a_name_of_a_file_has_at_most_1024_bytes),
		TEST(a_mebibyte_of_anything_comes_through),
		TEST(a_boundary_is_found_wherever_the_buffer_ends),
		TEST(no_file_preamble_or_epilogue_takes_more_memory_for_being_longer),
		TEST(a_fault_of_the_sink_ends_the_parse),
		TEST(an_empty_piece_changes_nothing),
	};
	return cmocka_run_group_tests_name("multipart", tests, NULL, NULL);
}
