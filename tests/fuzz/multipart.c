/*
 * A multipart body, whole and in pieces, which must come to the same, files too. The input is a byte, how long the pieces are, the
 * Content-Type up to a newline, and the body.
 */
#include "base/span.h"
#include "base/text.h"
#include "body/multipart.h"

#include "fuzz.h"

/* A file of this name is refused, as upload.c refuses those of an unknown field. */
static const char refused[] = "refused";

static enum body_fault file_begin(void *context, const struct file_part *part)
{
	text_format(context, "[%zu,%zu,%zu]", part->name.length, part->filename.length, part->type.length);
	text_add(context, part->name.bytes, part->name.length);
	text_add(context, part->filename.bytes, part->filename.length);
	text_add(context, part->type.bytes, part->type.length);
	return span_is(part->filename, refused) ? BODY_FILE_UNKNOWN : BODY_FINE;
}

static enum body_fault file_add(void *context, const char *bytes, size_t n)
{
	text_add(context, bytes, n);
	return BODY_FINE;
}

static enum body_fault file_end(void *context)
{
	text_put(context, "[end]");
	return BODY_FINE;
}

static enum body_fault feed(void *parse, const char *bytes, size_t n)
{
	return multipart_feed(parse, bytes, n);
}

static enum body_fault parse_body(struct submission *submission, struct text *files, const char *type, struct span body, size_t piece)
{
	struct multipart parse;
	struct file_sink sink = {files, file_begin, file_add, file_end};
	*submission = (struct submission){.arena = &arena};
	*files = (struct text){.arena = &arena};
	enum body_fault fault = multipart_begin(&parse, type, submission, &form.limits, &sink);
	if (!fault)
		fault = feed_pieces(feed, &parse, body, piece);
	return fault ? fault : multipart_end(&parse);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	struct submission whole, pieces;
	struct text whole_files, pieces_files;
	const char *start = (const char *)bytes, *line_end = memchr(start, '\n', n);
	if (!line_end || line_end == start || bytes[0] == 0)
		return 0;
	const char *type = arena_copy(&arena, start + 1, (size_t)(line_end - start) - 1);
	struct span body = {line_end + 1, n - (size_t)(line_end + 1 - start)};
	enum body_fault fault = parse_body(&whole, &whole_files, type, body, n);
	assert(parse_body(&pieces, &pieces_files, type, body, bytes[0]) == fault);
	check_same(&whole, &pieces);
	assert(is_same((struct span){whole_files.bytes, whole_files.length}, (struct span){pieces_files.bytes, pieces_files.length}));
	check_submission(&whole, fault, type);
	arena_free(&arena);
	return 0;
}
