/*
 * Whether a body is taken at all is settled before its first byte is read; that it was whole, after its last:
 * libfcgi reports a cut connection as a clean end of input, so only the count tells.
 */
#include "body.h"

#include "media.h"
#include "urlencoded.h"

enum { PIECE = 16 * 1024 };

static const char urlencoded_type[] = "application/x-www-form-urlencoded";

static const struct {
	int status;
	const char *sentence;
} faults[] = {
	[BODY_FINE] = {200, ""},
	[BODY_NO_LENGTH] = {411, "The request does not say how long its body is."},
	[BODY_BAD_LENGTH] = {400, "The length that the request gives for its body is no number."},
	[BODY_TOO_LARGE] = {413, "The message is larger than this form takes."},
	[BODY_OTHER_TYPE] = {415, "This form does not take that type of content."},
	[BODY_ENCODED] = {415, "This form takes no compressed content."},
	[BODY_CUT_OR_LONG] = {400, "What came was shorter or longer than the request said it would be."},
	[BODY_TOO_MANY_FIELDS] = {413, "The message has more fields than this form takes."},
	[BODY_NAME_TOO_LONG] = {413, "The name of a field is longer than this form takes."},
	[BODY_VALUE_TOO_LONG] = {413, "The text in a field is longer than this form takes."},
	[BODY_NUL_IN_NAME] = {400, "The name of a field holds a NUL byte."},
};

int body_fault_status(enum body_fault fault, const char **sentence)
{
	*sentence = faults[fault].sentence;
	return faults[fault].status;
}

const char *body_types(void)
{
	return urlencoded_type;
}

static enum body_fault length_check(struct request *request, const struct limits *limits)
{
	switch (request_length(request)) {
	case LENGTH_MISSING: return BODY_NO_LENGTH;
	case LENGTH_BAD: return BODY_BAD_LENGTH;
	case LENGTH_GIVEN: break;
	}
	return request->length > limits->body ? BODY_TOO_LARGE : BODY_FINE;
}

static enum body_fault type_check(const struct request *request)
{
	const char *coding = request_variable(request, "HTTP_CONTENT_ENCODING");
	if (coding && !media_is(coding, "identity"))
		return BODY_ENCODED;
	return media_is(request_variable(request, "CONTENT_TYPE"), urlencoded_type) ? BODY_FINE : BODY_OTHER_TYPE;
}

enum body_fault body_read(struct request *request, const struct limits *limits, struct submission *submission)
{
	enum body_fault fault = length_check(request, limits);
	if (!fault)
		fault = type_check(request);
	struct urlencoded parse;
	urlencoded_begin(&parse, submission, limits);
	char piece[PIECE];
	for (size_t n; !fault && (n = request_read(request, piece, sizeof piece)) > 0;)
		fault = urlencoded_feed(&parse, piece, n);
	if (!fault && !request_whole(request))
		fault = BODY_CUT_OR_LONG;
	return fault ? fault : urlencoded_end(&parse);
}
