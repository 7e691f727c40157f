/* multipart/form-data (RFC 7578, RFC 2046 §5.1), parsed in pieces of any size and in constant memory. */
#ifndef MULTIPART_H
#define MULTIPART_H

#include <stdbool.h>

#include "base/span.h"
#include "base/text.h"
#include "body/body_fault.h"
#include "body/submission.h"

/* Where the content of files goes; what a function gives but BODY_FINE ends the parse. */
struct file_sink {
	void *context;
	/* A file begins: the field's name, the client's name for it, and the type it announced or "", all in the submission's arena. */
	enum body_fault (*begin)(void *context, struct span name, struct span filename, struct span type);
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
	enum multipart_state { MULTIPART_PREAMBLE, MULTIPART_DELIMITER, MULTIPART_LINE_END, MULTIPART_HEADERS, MULTIPART_BLANK,
		MULTIPART_CONTENT, MULTIPART_CLOSE, MULTIPART_EPILOGUE } state;
	char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF "--" boundary */
	size_t delimiter_n;
	char *buffer; /* what is not yet used: MULTIPART_BUFFER bytes at the most */
	size_t from, to;
	size_t headers, header_bytes; /* of the part under way */
	bool has_name, has_filename;
	struct span name, filename, type;
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
