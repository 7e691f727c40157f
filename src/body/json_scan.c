/*
 * Whether tokens follow each other as they must is for the caller to check. Strings must be UTF-8 (§8.1), without raw control
 * characters (§7).
 */
#include "body/json_scan.h"

#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static void advance(struct json_scan *scan, size_t n)
{
	scan->rest.bytes += n;
	scan->rest.length -= n;
}

static void skip_json_space(struct json_scan *scan)
{
	while (scan->rest.length && scan->rest.bytes[0] && strchr(" \t\n\r", scan->rest.bytes[0]))
		advance(scan, 1);
}

/* Reads the four hexadecimal digits of \uXXXX at the start of the rest; false if they are not there. */
static bool read_unit(struct span rest, unsigned *unit)
{
	if (rest.length < 6 || rest.bytes[0] != '\\' || rest.bytes[1] != 'u')
		return false;
	*unit = 0;
	for (size_t i = 2; i < 6; i++) {
		int digit = ascii_hex_value(rest.bytes[i]);
		if (digit < 0)
			return false;
		*unit = *unit * 16 + (unsigned)digit;
	}
	return true;
}

/* Takes \uXXXX, or the two of a surrogate pair. */
static bool take_unicode_escape(struct json_scan *scan)
{
	unsigned unit, low;
	if (!read_unit(scan->rest, &unit))
		return false;
	advance(scan, 6);
	if (unit >= 0xd800 && unit < 0xdc00 && read_unit(scan->rest, &low) && low >= 0xdc00 && low < 0xe000) {
		advance(scan, 6);
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	}
	if (unit >= 0xd800 && unit < 0xe000)
		text_put(&scan->decoded, REPLACEMENT);
	else
		utf8_add(&scan->decoded, unit);
	return true;
}

static bool take_escape(struct json_scan *scan)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	if (scan->rest.length < 2)
		return false;
	char letter = scan->rest.bytes[1];
	if (letter == 'u')
		return take_unicode_escape(scan);
	const char *found = letter ? strchr(letters, letter) : NULL;
	if (!found)
		return false;
	text_byte(&scan->decoded, meanings[found - letters]);
	advance(scan, 2);
	return true;
}

/* Gives how many bytes come before the next quote, backslash or control character. */
static size_t count_plain(struct span rest)
{
	size_t n = 0;
	while (n < rest.length && rest.bytes[n] != '"' && rest.bytes[n] != '\\' && (unsigned char)rest.bytes[n] >= ' ')
		n++;
	return n;
}

static enum json_token scan_string(struct json_scan *scan, struct span *value)
{
	bool escaped = false;
	scan->decoded.length = 0;
	advance(scan, 1);
	for (;;) {
		struct span plain = {scan->rest.bytes, count_plain(scan->rest)};
		advance(scan, plain.length);
		if (!scan->rest.length || !utf8_valid(plain))
			return JSON_TOKEN_BAD;
		if (plain.length > scan->most - scan->decoded.length)
			return JSON_TOKEN_LONG;
		if (scan->rest.bytes[0] == '"' && !escaped) {
			*value = plain;
			break;
		}
		text_add(&scan->decoded, plain.bytes, plain.length);
		if (scan->rest.bytes[0] == '"') {
			*value = (struct span){text_string(&scan->decoded), scan->decoded.length};
			break;
		}
		escaped = true;
		if (scan->rest.bytes[0] != '\\' || !take_escape(scan))
			return JSON_TOKEN_BAD;
		if (scan->decoded.length > scan->most)
			return JSON_TOKEN_LONG;
	}
	advance(scan, 1);
	return JSON_TOKEN_STRING;
}

static size_t skip_digits(struct json_scan *scan)
{
	size_t n = 0;
	for (; scan->rest.length && ascii_is_digit(scan->rest.bytes[0]); n++)
		advance(scan, 1);
	return n;
}

/* Passes over the byte if it is one of the set. */
static bool skip_one_of(struct json_scan *scan, const char *set)
{
	if (!scan->rest.length || !scan->rest.bytes[0] || !strchr(set, scan->rest.bytes[0]))
		return false;
	advance(scan, 1);
	return true;
}

static enum json_token scan_number(struct json_scan *scan, struct span *value)
{
	const char *start = scan->rest.bytes;
	skip_one_of(scan, "-");
	if (!skip_one_of(scan, "0") && !skip_digits(scan))
		return JSON_TOKEN_BAD;
	if (skip_one_of(scan, ".") && !skip_digits(scan))
		return JSON_TOKEN_BAD;
	if (skip_one_of(scan, "eE")) {
		skip_one_of(scan, "+-");
		if (!skip_digits(scan))
			return JSON_TOKEN_BAD;
	}
	*value = (struct span){start, (size_t)(scan->rest.bytes - start)};
	return JSON_TOKEN_NUMBER;
}

static enum json_token scan_word(struct json_scan *scan)
{
	static const struct {
		const char *word;
		enum json_token token;
	} words[] = {{"true", JSON_TOKEN_TRUE}, {"false", JSON_TOKEN_FALSE}, {"null", JSON_TOKEN_NULL}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i].word);
		if (scan->rest.length >= n && memcmp(scan->rest.bytes, words[i].word, n) == 0) {
			advance(scan, n);
			return words[i].token;
		}
	}
	return JSON_TOKEN_BAD;
}

static enum json_token scan_sign(struct json_scan *scan, enum json_token token)
{
	advance(scan, 1);
	return token;
}

enum json_token json_scan_next(struct json_scan *scan, struct span *value)
{
	skip_json_space(scan);
	if (!scan->rest.length)
		return JSON_TOKEN_END;
	switch (scan->rest.bytes[0]) {
	case '{': return scan_sign(scan, JSON_TOKEN_OBJECT);
	case '}': return scan_sign(scan, JSON_TOKEN_OBJECT_END);
	case '[': return scan_sign(scan, JSON_TOKEN_ARRAY);
	case ']': return scan_sign(scan, JSON_TOKEN_ARRAY_END);
	case ':': return scan_sign(scan, JSON_TOKEN_COLON);
	case ',': return scan_sign(scan, JSON_TOKEN_COMMA);
	case '"': return scan_string(scan, value);
	case 't':
	case 'f':
	case 'n': return scan_word(scan);
	default: return scan_number(scan, value);
	}
}
