/* Patterns; see pattern.h. Anchored at both ends, as HTML's pattern attribute is. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include <pcre2.h>
#include <stdio.h>

enum { MATCH_LIMIT = 100000, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 4096 };

static pcre2_code *compiled(const char *pattern, int *error, size_t *offset)
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_BACKSLASH_C;
	return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, error, offset, NULL);
}

bool pattern_valid(const char *pattern, char message[PATTERN_MESSAGE])
{
	int error;
	size_t offset;
	pcre2_code *code = compiled(pattern, &error, &offset);
	if (code) {
		pcre2_code_free(code);
		return true;
	}
	unsigned char reason[128];
	if (pcre2_get_error_message(error, reason, sizeof reason) < 0)
		reason[0] = '\0';
	snprintf(message, PATTERN_MESSAGE, "%s, at character %zu", (const char *)reason, offset);
	return false;
}

enum pattern_result pattern_match(const char *pattern, struct span value)
{
	int error, matched = PCRE2_ERROR_NOMEMORY;
	size_t offset;
	pcre2_code *code = compiled(pattern, &error, &offset);
	pcre2_match_data *match = code ? pcre2_match_data_create(1, NULL) : NULL;
	pcre2_match_context *bound = pcre2_match_context_create(NULL);
	if (match && bound) {
		pcre2_set_match_limit(bound, MATCH_LIMIT);
		pcre2_set_depth_limit(bound, DEPTH_LIMIT);
		pcre2_set_heap_limit(bound, HEAP_LIMIT_KIB);
		matched = pcre2_match(code, (PCRE2_SPTR)value.bytes, value.length, 0, 0, match, bound);
	}
	pcre2_match_context_free(bound);
	pcre2_match_data_free(match);
	pcre2_code_free(code);
	if (matched == PCRE2_ERROR_NOMATCH)
		return PATTERN_DIFFERS;
	return matched < 0 ? PATTERN_FAILED : PATTERN_MATCHES;
}
