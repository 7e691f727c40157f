/* multipart/form-data (RFC 7578, RFC 2046 §5.1), parsed in pieces of any size and in constant memory. */
#ifndef MULTIPART_H
#define MULTIPART_H

#include <stdbool.h>

#include "base/span.h"
#include "base/text.h"
#include "body/body_fault.h"
#include "body/submission.h"

/* A file that begins. The strings live in the submission's arena. */
struct file_part {
	struct span name;      /* of the field */
	struct span filename;  /* as the client named it */
	bool filename_is_utf8; /* whatever charset the post declares */
	struct span type;      /* as announced, or "" */
};

/* Where the content of files goes. A fault that a function returns ends the parse. */
struct file_sink {
	void *context;
	/* A file begins. */
	enum body_fault (*begin)(void *context, const struct file_part *);
	/* More of it. */
	enum body_fault (*add)(void *context, const char *bytes, size_t n);
	/* That was all of it. */
	enum body_fault (*end)(void *context);
};

enum { MULTIPART_BOUNDARY_MAX = 200, MULTIPART_BUFFER = 64 * 1024 };

/* A parse under way; begun by multipart_begin, its insides are its own. */
struct multipart {
	struct submission *submission;
	const struct limits *limits;
	const struct file_sink *sink;
	enum multipart_state { MULTIPART_START, MULTIPART_PREAMBLE, MULTIPART_DELIMITER, MULTIPART_LINE_END, MULTIPART_HEADERS, MULTIPART_BLANK,
		MULTIPART_CONTENT, MULTIPART_CLOSE, MULTIPART_EPILOGUE } state;
	char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF "--" boundary */
	size_t delimiter_n;
	char *buffer; /* what is not yet used: MULTIPART_BUFFER bytes at the most */
	size_t from, to;
	bool is_started, is_indented; /* the body's first bytes were seen; blanks stand on the line of the first boundary */
	size_t headers, header_bytes; /* of the part under way */
	bool has_name, has_filename, has_type;
	struct file_part part;
	struct text value; /* of a part that is no file */
	uint64_t parts, other; /* bytes that are no file's content */
};

/* Starts a parse; the submission, limits and sink are borrowed until its end. */
enum body_fault multipart_begin(struct multipart *, const char *content_type, struct submission *, const struct limits *,
	const struct file_sink *);

/* Takes the next n bytes of the body. */
enum body_fault multipart_feed(struct multipart *, const char *bytes, size_t n);

/* Says that the body has ended. */
enum body_fault multipart_end(struct multipart *);

#endif
