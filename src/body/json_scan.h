/* JSON text as a sequence of tokens, read without building anything (RFC 8259). */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/span.h"
#include "base/text.h"

enum json_token {
	JSON_TOKEN_END,
	JSON_TOKEN_BAD, /* not JSON; nothing may be read after it */
	JSON_TOKEN_OBJECT,
	JSON_TOKEN_OBJECT_END,
	JSON_TOKEN_ARRAY,
	JSON_TOKEN_ARRAY_END,
	JSON_TOKEN_COLON,
	JSON_TOKEN_COMMA,
	JSON_TOKEN_STRING,
	JSON_TOKEN_LONG, /* a string longer than the caller wants; nothing may be read after it */
	JSON_TOKEN_NUMBER,
	JSON_TOKEN_TRUE,
	JSON_TOKEN_FALSE,
	JSON_TOKEN_NULL,
};

/* Starts as {.rest = the text, .decoded.arena = …, .most = …}. */
struct json_scan {
	struct span rest;    /* not read yet */
	struct text decoded; /* the last string that held an escape */
	size_t most;         /* bytes of a string */
};

/*
 * Reads the next token. For a string, *value becomes its decoded text; for a number, the number as it was written. Both are borrowed
 * until the next call. Half of a surrogate pair becomes U+FFFD (§8.2 leaves it open). Does not check the order of the tokens.
 */
enum json_token json_scan_next(struct json_scan *, struct span *value);

#endif
