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
	/* The next bytes of the file. */
	enum body_fault (*add)(void *context, const char *bytes, size_t n);
	/* The file is complete. */
	enum body_fault (*end)(void *context);
};

enum { MULTIPART_BOUNDARY_MAX = 200, MULTIPART_BUFFER = 64 * 1024 };

/* The state of a parse. Callers use only the functions. */
struct multipart {
	struct submission *submission;
	const struct limits *limits;
	const struct file_sink *sink;
	enum multipart_state {
		MULTIPART_START,
		MULTIPART_PREAMBLE,
		MULTIPART_DELIMITER,
		MULTIPART_LINE_END,
		MULTIPART_HEADERS,
		MULTIPART_BLANK,
		MULTIPART_CONTENT,
		MULTIPART_CLOSE,
		MULTIPART_EPILOGUE
	} state;
	char delimiter[MULTIPART_BOUNDARY_MAX + 5]; /* CR LF "--" boundary */
	size_t delimiter_n;
	char *buffer; /* input that is not used yet, at most MULTIPART_BUFFER bytes */
	size_t from, to;
	bool is_started, is_indented; /* the body's first bytes were seen; blanks stand on the line of the first boundary */
	size_t headers, header_bytes; /* of the part being read */
	bool has_name, has_filename, has_type;
	struct file_part part;
	struct text value;     /* of a part that is a field */
	uint64_t parts, other; /* how many parts, and how many bytes of fields */
};

/* Starts a parse. The submission, limits and sink are borrowed until it ends. */
enum body_fault multipart_begin(
	struct multipart *, const char *content_type, struct submission *, const struct limits *, const struct file_sink *);

/* Takes the next n bytes of the body. */
enum body_fault multipart_feed(struct multipart *, const char *bytes, size_t n);

/* Ends the parse: the body is complete. */
enum body_fault multipart_end(struct multipart *);

#endif
