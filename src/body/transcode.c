/*
 * iconv does the work, except for windows-1252, by far the most frequent and all that a static program can have, and for the escape
 * sequences of ISO-2022-JP. Browsers mean more by some names than iconv does, so each has a list of what iconv may call it.
 */
#include "body/transcode.h"

#include <errno.h>
#include <string.h>

#include "base/utf8.h"

/* The bytes from 0x80 to 0x9f; the others are what Unicode has at their number. */
static const unsigned short windows_1252[32] = {
	0x20ac,
	0x81,
	0x201a,
	0x192,
	0x201e,
	0x2026,
	0x2020,
	0x2021,
	0x2c6,
	0x2030,
	0x160,
	0x2039,
	0x152,
	0x8d,
	0x17d,
	0x8f,
	0x90,
	0x2018,
	0x2019,
	0x201c,
	0x201d,
	0x2022,
	0x2013,
	0x2014,
	0x2dc,
	0x2122,
	0x161,
	0x203a,
	0x153,
	0x9d,
	0x17e,
	0x178,
};

/* What the iconv of glibc and that of musl call an encoding, the best name first; all others have the same name in both. */
static const struct {
	const char *encoding, *names;
} iconv_names[] = {
	{"ISO-8859-8-I", "ISO-8859-8"},
	{"IBM866", "IBM866 CP866"},
	{"windows-874", "CP874"},
	{"x-mac-cyrillic", "MAC-UK MACUKRAINE MAC-CYRILLIC"},
	{"GBK", "GB18030"},
	{"Big5", "BIG5-HKSCS BIG5"},
	{"EUC-JP", "EUC-JP-MS EUC-JP"},
	{"ISO-2022-JP", "CP932 SHIFT_JIS"}, /* for its characters of two bytes */
	{"Shift_JIS", "CP932 SHIFT_JIS"},
	{"EUC-KR", "CP949"},
};

static const char *names_for_iconv(const char *encoding)
{
	for (size_t i = 0; i < sizeof iconv_names / sizeof *iconv_names; i++)
		if (strcmp(iconv_names[i].encoding, encoding) == 0)
			return iconv_names[i].names;
	return encoding;
}

static bool open_converter(struct transcoder *transcoder, const char *encoding)
{
	char name[32];
	if (transcoder->is_open && strcmp(transcoder->encoding, encoding) == 0)
		return true;
	transcode_end(transcoder);
	for (const char *names = names_for_iconv(encoding); *names && !transcoder->is_open; names += strspn(names, " ")) {
		size_t n = strcspn(names, " ");
		if (n < sizeof name) {
			memcpy(name, names, n);
			name[n] = '\0';
			transcoder->iconv = iconv_open("UTF-8", name);
			transcoder->is_open = transcoder->iconv != (iconv_t)-1;
		}
		names += n;
	}
	transcoder->encoding = encoding;
	return transcoder->is_open;
}

void transcode_end(struct transcoder *transcoder)
{
	if (transcoder->is_open)
		iconv_close(transcoder->iconv);
	*transcoder = (struct transcoder){0};
}

/* Browsers write the euro sign as 0x80 in GBK, which iconv does not know. */
static bool add_euro(const char *encoding, char **in, size_t *left, struct text *out)
{
	if (strncmp(encoding, "GB", 2) != 0 || !*left || **in != '\x80')
		return false;
	utf8_add(out, 0x20ac);
	++*in;
	--*left;
	return true;
}

static enum transcode_result add_by_iconv(struct transcoder *transcoder, struct span text, struct text *out)
{
	char *in = (char *)text.bytes, piece[1024]; /* iconv does not write to its input, though its prototype would let it */
	size_t left = text.length;
	iconv(transcoder->iconv, NULL, NULL, NULL, NULL);
	for (bool flushing = false; !flushing;) {
		char *to = piece;
		size_t room = sizeof piece;
		flushing = left == 0; /* some converters hold a character back, in case one that combines with it follows */
		size_t result = iconv(transcoder->iconv, flushing ? NULL : &in, flushing ? NULL : &left, &to, &room);
		int reason = errno;
		text_add(out, piece, sizeof piece - room);
		if (result == (size_t)-1 && reason != E2BIG && !add_euro(transcoder->encoding, &in, &left, out))
			return TRANSCODE_ILL_FORMED;
	}
	return TRANSCODE_DONE;
}

static enum transcode_result add_windows_1252(struct span text, struct text *out)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.bytes[i];
		utf8_add(out, c >= 0x80 && c < 0xa0 ? windows_1252[c - 0x80] : c);
	}
	return TRANSCODE_DONE;
}

/* --- ISO-2022-JP (WHATWG Encoding §12.2) ---------------------------------------------------------------------------- */

enum jis_set { JIS_ASCII, JIS_ROMAN, JIS_KATAKANA, JIS_KANJI };

/* Returns the length of the escape sequence at the start of the text and sets *set, or returns 0. */
static size_t read_jis_escape(struct span text, enum jis_set *set)
{
	static const struct {
		const char *sequence;
		enum jis_set set;
	} escapes[] = {
		{"\x1b(B", JIS_ASCII}, {"\x1b(J", JIS_ROMAN}, {"\x1b(I", JIS_KATAKANA}, {"\x1b$@", JIS_KANJI}, {"\x1b$B", JIS_KANJI}};
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
		if (text.length >= 3 && memcmp(text.bytes, escapes[i].sequence, 3) == 0) {
			*set = escapes[i].set;
			return 3;
		}
	return 0;
}

/* Adds a character of two bytes by way of Shift_JIS, which orders the same table in another way. */
static bool add_kanji(struct transcoder *transcoder, struct span text, struct text *out)
{
	if (text.length < 2 || text.bytes[0] < 0x21 || text.bytes[0] > 0x7e || text.bytes[1] < 0x21 || text.bytes[1] > 0x7e)
		return false;
	int row = text.bytes[0] - 0x21, cell = text.bytes[1] - 0x21 + row % 2 * 94;
	int lead = row / 2 + 0x81 + (row / 2 >= 31 ? 0x40 : 0), trail = cell + 0x40 + (cell >= 63);
	const char both[] = {(char)lead, (char)trail};
	return add_by_iconv(transcoder, (struct span){both, 2}, out) == TRANSCODE_DONE;
}

static bool add_jis_byte(enum jis_set set, unsigned char c, struct text *out)
{
	if (c >= 0x80 || c == 0x0e || c == 0x0f || c == 0x1b || (set == JIS_KATAKANA && (c < 0x21 || c > 0x5f)))
		return false;
	if (set == JIS_KATAKANA)
		utf8_add(out, 0xff61u + c - 0x21);
	else if (set == JIS_ROMAN && (c == '\\' || c == '~'))
		utf8_add(out, c == '~' ? 0x203e : 0xa5);
	else
		text_byte(out, (char)c);
	return true;
}

static enum transcode_result add_iso_2022_jp(struct transcoder *transcoder, struct span text, struct text *out)
{
	enum jis_set set = JIS_ASCII;
	while (text.length) {
		size_t n = read_jis_escape(text, &set);
		bool good =
			n || (set == JIS_KANJI ? add_kanji(transcoder, text, out) : add_jis_byte(set, (unsigned char)text.bytes[0], out));
		if (!good)
			return TRANSCODE_ILL_FORMED;
		n = n ? n : set == JIS_KANJI ? 2 : 1;
		text.bytes += n;
		text.length -= n;
	}
	return TRANSCODE_DONE;
}

/* --- any ------------------------------------------------------------------------------------------------------------- */

/* A byte order mark counts more than the name (WHATWG Encoding §6, "decode"). */
static const char *settle_utf_16(const char *encoding, struct span *text)
{
	if (text->length >= 2 && (memcmp(text->bytes, "\xff\xfe", 2) == 0 || memcmp(text->bytes, "\xfe\xff", 2) == 0)) {
		encoding = text->bytes[0] == '\xff' ? "UTF-16LE" : "UTF-16BE";
		*text = (struct span){text->bytes + 2, text->length - 2};
	}
	return encoding;
}

enum transcode_result transcode_add(struct transcoder *transcoder, const char *encoding, struct span text, struct text *out)
{
	if (strcmp(encoding, "windows-1252") == 0)
		return add_windows_1252(text, out);
	if (strncmp(encoding, "UTF-16", 6) == 0)
		encoding = settle_utf_16(encoding, &text);
	if (!open_converter(transcoder, encoding))
		return TRANSCODE_UNSUPPORTED;
	if (strcmp(encoding, "ISO-2022-JP") == 0)
		return add_iso_2022_jp(transcoder, text, out);
	return add_by_iconv(transcoder, text, out);
}
