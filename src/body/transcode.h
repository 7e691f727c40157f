/* Text in the encodings of the web, turned into UTF-8 (WHATWG Encoding Standard). */
#ifndef TRANSCODE_H
#define TRANSCODE_H

#include <iconv.h>
#include <stdbool.h>

#include "base/span.h"
#include "base/text.h"

/* Keeps the last converter open. Starts as all zeroes and is ended by transcode_end. */
struct transcoder {
	const char *encoding;
	bool is_open;
	iconv_t iconv;
};

enum transcode_result {
	TRANSCODE_DONE,
	TRANSCODE_ILL_FORMED,
	TRANSCODE_UNSUPPORTED, /* this system has no converter for the encoding */
};

/*
 * Appends the text as UTF-8. The encoding is a name that encoding_find returned and must live as long as the transcoder. What was
 * appended counts only for TRANSCODE_DONE.
 */
enum transcode_result transcode_add(struct transcoder *, const char *encoding, struct span, struct text *);

/* Closes the converter. */
void transcode_end(struct transcoder *);

#endif
