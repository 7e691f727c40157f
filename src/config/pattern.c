/* Patterns; see pattern.h. Those of fields are anchored at both ends, as HTML's pattern attribute is. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "config/pattern.h"

#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"

enum { MATCH_LIMIT = 100000, WORDS_LIMIT = 100000000 /* words can't run away */, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 4096 };

static const uint32_t whole_value = PCRE2_ANCHORED | PCRE2_ENDANCHORED;

static pcre2_code *compiled(const char *pattern, uint32_t options, int *error, size_t *offset)
{
	options |= PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
	return pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, error, offset, NULL);
}

bool pattern_valid(const char *pattern, char message[PATTERN_MESSAGE])
{
	int error;
	size_t offset;
	pcre2_code *code = compiled(pattern, whole_value, &error, &offset);
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

static enum pattern_result match_within(const char *pattern, uint32_t options, struct span value, uint32_t limit)
{
	int error, matched = PCRE2_ERROR_NOMEMORY;
	size_t offset;
	pcre2_code *code = compiled(pattern, options, &error, &offset);
	pcre2_match_data *match = code ? pcre2_match_data_create(1, NULL) : NULL;
	pcre2_match_context *bound = pcre2_match_context_create(NULL);
	if (match && bound) {
		pcre2_set_match_limit(bound, limit);
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

enum pattern_result pattern_match(const char *pattern, struct span value)
{
	return match_within(pattern, whole_value, value, MATCH_LIMIT);
}

static bool in_word(char c)
{
	return ascii_is_alphanumeric(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* What stands before and behind all phrases: where one begins or ends with a part of a word, so does the word. */
static const char phrases_begin[] = "(?:\\b|(?!\\w))(?:", phrases_end[] = ")(?:\\b|(?<!\\w))";

/* Appends the expression for one phrase: as it is written, white space any. */
static void put_phrase(struct text *out, struct span phrase)
{
	for (size_t i = 0; i < phrase.length; i++) {
		char c = phrase.bytes[i];
		if (c == ' ' || c == '\t') {
			text_put(out, "\\s+");
			while (i + 1 < phrase.length && strchr(" \t", phrase.bytes[i + 1]))
				i++;
			continue;
		}
		text_put(out, in_word(c) ? "" : "\\");
		text_byte(out, c);
	}
}

bool pattern_holds_word(const char *list, struct span value)
{
	struct arena arena = {0};
	struct text expression = {.arena = &arena};
	for (const char *c = list; *c; c += strspn(c, ",")) {
		size_t n = strcspn(c, ",");
		struct span phrase = span_trim((struct span){c, n});
		if (phrase.length) {
			text_put(&expression, expression.length ? "|" : phrases_begin);
			put_phrase(&expression, phrase);
		}
		c += n;
	}
	if (expression.length)
		text_put(&expression, phrases_end);
	bool held = expression.length && match_within(expression.bytes, PCRE2_CASELESS, value, WORDS_LIMIT) == PATTERN_MATCHES;
	arena_free(&arena);
	return held;
}

bool pattern_contains(struct span text, struct span value)
{
	struct arena arena = {0};
	struct text expression = {.arena = &arena};
	put_phrase(&expression, text);
	bool held = !text.length || match_within(text_string(&expression), PCRE2_CASELESS, value, WORDS_LIMIT) == PATTERN_MATCHES;
	arena_free(&arena);
	return held;
}
