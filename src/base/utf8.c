/* UTF-8 as the WHATWG's decoders read it: each maximal ill-formed part is one error. */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* Returns the length of the sequence that a lead byte starts, or 0, and the range of its second byte (Unicode, table 3-7). */
static size_t lead_read(unsigned char c, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef) {
		*low = c == 0xe0 ? 0xa0 : 0x80;
		*high = c == 0xed ? 0x9f : 0xbf;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*low = c == 0xf0 ? 0x90 : 0x80;
		*high = c == 0xf4 ? 0x8f : 0xbf;
		return 4;
	}
	return 0;
}

/* Returns the length of the next sequence, or of the next maximal ill-formed part. */
static size_t part_read(const unsigned char *bytes, size_t n, bool *whole)
{
	unsigned char low, high;
	size_t want = lead_read(bytes[0], &low, &high), have = 1;
	while (have < want && have < n && bytes[have] >= low && bytes[have] <= high) {
		low = 0x80;
		high = 0xbf;
		have++;
	}
	*whole = have == want;
	return have;
}

size_t utf8_sequence(const char *bytes, size_t n)
{
	bool whole = false;
	size_t length = n ? part_read((const unsigned char *)bytes, n, &whole) : 0;
	return whole ? length : 0;
}

/* Returns how many bytes at the start are ASCII, in steps of eight: most text is. */
static size_t ascii_run(const char *bytes, size_t n)
{
	uint64_t eight;
	size_t run = 0;
	for (; run + sizeof eight <= n; run += sizeof eight) {
		memcpy(&eight, bytes + run, sizeof eight);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	return run;
}

bool utf8_valid(struct span text)
{
	for (size_t n; text.length; text.bytes += n, text.length -= n)
		if (!(n = ascii_run(text.bytes, text.length)) && !(n = utf8_sequence(text.bytes, text.length)))
			return false;
	return true;
}

void utf8_repair(struct text *text, const char *bytes, size_t n)
{
	size_t good = 0, at = 0;
	while (at < n) {
		bool whole;
		at += ascii_run(bytes + at, n - at);
		if (at == n)
			break;
		size_t length = part_read((const unsigned char *)bytes + at, n - at, &whole);
		if (!whole) {
			text_add(text, bytes + good, at - good);
			text_put(text, "\xef\xbf\xbd");
			good = at + length;
		}
		at += length;
	}
	if (n > good)
		text_add(text, bytes + good, n - good);
}

void utf8_add(struct text *text, unsigned code)
{
	char tail[3] = {(char)(0x80 | (code >> 12 & 0x3f)), (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f))};
	if (code < 0x80) {
		text_byte(text, (char)code);
	} else if (code < 0x800) {
		text_byte(text, (char)(0xc0 | code >> 6));
		text_add(text, tail + 2, 1);
	} else if (code < 0x10000) {
		text_byte(text, (char)(0xe0 | code >> 12));
		text_add(text, tail + 1, 2);
	} else {
		text_byte(text, (char)(0xf0 | code >> 18));
		text_add(text, tail, 3);
	}
}

size_t utf8_units(struct span span)
{
	size_t count = utf8_characters(span);
	for (size_t i = 0; i < span.length; i++)
		count += (unsigned char)span.bytes[i] >= 0xf0;
	return count;
}

size_t utf8_characters(struct span span)
{
	size_t count = 0;
	for (size_t i = 0; i < span.length; i++) {
		bool continues = ((unsigned char)span.bytes[i] & 0xc0) == 0x80;
		bool line_end = span.bytes[i] == '\n' && i > 0 && span.bytes[i - 1] == '\r';
		count += !continues && !line_end;
	}
	return count;
}

/* Returns the code point of a valid sequence of n bytes. */
static unsigned code_point(const char *bytes, size_t n)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned code = (unsigned char)bytes[0] & masks[n];
	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)bytes[i] & 0x3f);
	return code;
}

/* Unicode's white space and Default_Ignorable_Code_Point, controls, and two letters that are drawn as nothing. */
static bool is_invisible(unsigned code)
{
	static const struct {
		unsigned first, last;
	} ranges[] = {
		{0, 0x20},
		{0x7f, 0xa0},
		{0xad, 0xad},
		{0x34f, 0x34f},
		{0x61c, 0x61c},
		{0x115f, 0x1160},
		{0x1680, 0x1680},
		{0x17b4, 0x17b5},
		{0x180b, 0x180f},
		{0x2000, 0x200f},
		{0x2028, 0x202f},
		{0x205f, 0x206f},
		{0x2800, 0x2800},
		{0x3000, 0x3000},
		{0x3164, 0x3164},
		{0xfe00, 0xfe0f},
		{0xfeff, 0xfeff},
		{0xffa0, 0xffa0},
		{0xfff0, 0xfffb},
		{0x1bca0, 0x1bca3},
		{0x1d173, 0x1d17a},
		{0xe0000, 0xe0fff},
	};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

bool utf8_is_blank(struct span text)
{
	for (size_t n; text.length; text.bytes += n, text.length -= n) {
		if (text.bytes[0] > ' ' && text.bytes[0] < 0x7f) /* as most text does, it begins with a letter */
			return false;
		n = utf8_sequence(text.bytes, text.length);
		if (n == 0 || !is_invisible(code_point(text.bytes, n)))
			return false;
	}
	return true;
}
