/*
 * A urlencoded body, whole and in pieces, which must come to the same. The input is a byte, how long the pieces are, and the body.
 */
#include "base/span.h"
#include "body/urlencoded.h"

#include "fuzz.h"

static enum body_fault feed(void *parse, const char *bytes, size_t n)
{
	return urlencoded_feed(parse, bytes, n);
}

static enum body_fault parse_body(struct submission *submission, struct span body, size_t piece)
{
	struct urlencoded parse;
	*submission = (struct submission){.arena = &arena};
	urlencoded_begin(&parse, submission, &form.limits);
	enum body_fault fault = feed_pieces(feed, &parse, body, piece);
	return fault ? fault : urlencoded_end(&parse);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	struct submission whole, pieces;
	if (n == 0 || bytes[0] == 0)
		return 0;
	struct span body = {(const char *)bytes + 1, n - 1};
	enum body_fault fault = parse_body(&whole, body, n);
	assert(parse_body(&pieces, body, bytes[0]) == fault);
	check_same(&whole, &pieces);
	check_submission(&whole, fault, NULL);
	arena_free(&arena);
	return 0;
}
