/* Encoders for mail. Each keeps lines within 76 characters and never cuts a UTF-8 character in two. */
#include "task/mime.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

enum {
	WORD_BYTES = 39, /* of an encoded word: with "Subject: " its line is 76 characters at the most */
	LINE = 76,
	BASE64_BYTES = 57,
	NAME_PIECE = 55,
};

static bool is_plain(const char *value)
{
	size_t n = strlen(value);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)value[i] < ' ' || (unsigned char)value[i] > '~')
			return false;
	return n < 60 && !strstr(value, "=?");
}

static void put_encoded_words(struct text *out, const char *value)
{
	char base64[sodium_base64_ENCODED_LEN(WORD_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	for (size_t left = strlen(value); left;) {
		size_t n = 0, step;
		while (n < left && (step = utf8_sequence(value + n, left - n)) && n + step <= WORD_BYTES)
			n += step;
		n = n ? n : 1;
		sodium_bin2base64(base64, sizeof base64, (const unsigned char *)value, n, sodium_base64_VARIANT_ORIGINAL);
		text_format(out, "=?UTF-8?B?%s?=%s", base64, n < left ? "\n " : "");
		value += n;
		left -= n;
	}
}

void mime_words(struct text *out, const char *value)
{
	if (is_plain(value))
		text_put(out, value);
	else
		put_encoded_words(out, value);
}

/* Tells whether a name is made of words that need no quotes, with single blanks between them. */
static bool is_bare(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!ascii_is_alphanumeric(*c) && (*c != ' ' || c[1] == ' '))
			return false;
	return true;
}

void mime_phrase(struct text *out, const char *name)
{
	if (!is_plain(name)) {
		put_encoded_words(out, name);
		return;
	}
	text_put(out, is_bare(name) ? "" : "\"");
	for (const char *c = name; *c; c++)
		text_format(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	text_put(out, is_bare(name) ? "" : "\"");
}

void mime_quoted(struct text *out, const char *text)
{
	size_t column = 0;
	for (const char *c = text; *c; c++) {
		if (*c == '\r' || *c == '\n') {
			c += *c == '\r' && c[1] == '\n';
			text_put(out, "\n");
			column = 0;
			continue;
		}
		bool last = !c[1] || c[1] == '\n' || c[1] == '\r';
		bool plain = (*c >= '!' && *c <= '~' && *c != '=') || (*c == ' ' && !last);
		if (column + (plain ? 1 : 3) > LINE - 1) {
			text_put(out, "=\n");
			column = 0;
		}
		plain &= column || (*c != '.' && strncmp(c, "From ", 5) != 0);
		if (plain)
			text_byte(out, *c);
		else
			text_format(out, "=%02X", (unsigned)(unsigned char)*c);
		column += plain ? 1 : 3;
	}
}

static bool is_plain_name(const char *name)
{
	size_t n = 0;
	while (ascii_is_alphanumeric(name[n]) || (name[n] && strchr(" .-_", name[n])))
		n++;
	return !name[n] && n <= NAME_PIECE;
}

void mime_name(struct text *out, const char *name)
{
	text_put(out, ";\n name=\"");
	if (!is_plain(name))
		put_encoded_words(out, name);
	for (const char *c = is_plain(name) ? name : ""; *c; c++)
		text_format(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	text_put(out, "\"");
}

void mime_filename(struct text *out, const char *name)
{
	size_t step, piece = 0, column = NAME_PIECE;
	if (is_plain_name(name)) {
		text_format(out, ";\n filename=\"%s\"", name);
		return;
	}
	for (const char *c = name; *c; c += step) {
		step = utf8_sequence(c, strlen(c));
		step = step ? step : 1;
		bool plain = ascii_is_alphanumeric(*c) || *c == '.' || *c == '-' || *c == '_';
		size_t width = plain ? 1 : 3 * step;
		if (column + width > NAME_PIECE) {
			text_format(out, ";\n filename*%zu*=%s", piece, piece ? "" : "UTF-8''");
			piece++;
			column = 0;
		}
		for (size_t i = 0; i < step; i++)
			text_format(out, plain ? "%c" : "%%%02X", (unsigned)(unsigned char)c[i]);
		column += width;
	}
}

void mime_base64(struct text *out, struct span content)
{
	char line[sodium_base64_ENCODED_LEN(BASE64_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	for (size_t at = 0; at < content.length; at += BASE64_BYTES) {
		size_t n = content.length - at < BASE64_BYTES ? content.length - at : BASE64_BYTES;
		sodium_bin2base64(line, sizeof line, (const unsigned char *)content.bytes + at, n, sodium_base64_VARIANT_ORIGINAL);
		text_put(out, line);
		text_put(out, "\n");
	}
}
