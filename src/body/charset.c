/*
 * Browsers post in the page's own encoding, and tell which in a hidden field named _charset_ (HTML, "constructing the entry list").
 * windows-1252, which on the web is also what "latin1" and "ascii" mean (WHATWG Encoding §4.2), is turned here: by far the most
 * frequent, and a static program finds no tables of iconv's. The others are left to iconv.
 */
#include "body/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "http/media.h"

/* The bytes from 0x80 to 0x9f; the others are what Unicode has at their number. */
static const unsigned short windows_1252[32] = {
	0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
};

static const char *const same_as_windows_1252[] = {"windows-1252", "cp1252", "iso-8859-1", "iso8859-1", "latin1", "l1", "us-ascii", "ascii"};

/* Names that on the web stand for more than iconv knows by them (WHATWG Encoding §4.2), and what iconv calls that. */
static const struct {
	const char *name, *iconv;
} wider[] = {
	{"shift_jis", "CP932"}, {"shift-jis", "CP932"}, {"sjis", "CP932"}, {"x-sjis", "CP932"}, {"windows-31j", "CP932"},
	{"euc-kr", "CP949"}, {"ks_c_5601-1987", "CP949"}, {"gb2312", "GBK"}, {"iso-8859-8-i", "ISO-8859-8"},
	{"iso-8859-9", "windows-1254"}, {"latin5", "windows-1254"}, {"tis-620", "CP874"}, {"iso-8859-11", "CP874"},
};

/* A conversion: by the table of windows-1252, or by iconv. */
struct conversion {
	bool table;
	iconv_t iconv;
};

/* Gives the charset that was named, as a string in the arena, or NULL. HTML lets a page write _charset_ in any case. */
static const char *charset_named(const struct submission *submission, const char *content_type)
{
	for (size_t i = 0; i < submission->n; i++)
		if (strcasecmp(submission->pairs[i].name.bytes, "_charset_") == 0 && *submission->pairs[i].value.bytes)
			return submission->pairs[i].value.bytes;
	struct span parameter = content_type ? media_parameter(content_type, "charset", submission->arena) : (struct span){"", 0};
	return parameter.length ? parameter.bytes : NULL;
}

static bool convert_by_iconv(struct conversion *, struct text *, struct span);

/* A charset that has other characters where ASCII has letters would turn the names of fields into others, unseen by their rules. */
static bool keeps_ascii(struct conversion *conversion, struct arena *arena)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	struct text text = {.arena = arena};
	return convert_by_iconv(conversion, &text, span_of(letters)) && strcmp(text_string(&text), letters) == 0;
}

static bool conversion_begin(struct conversion *conversion, const char *charset, struct arena *arena)
{
	for (size_t i = 0; i < sizeof same_as_windows_1252 / sizeof *same_as_windows_1252; i++)
		if (strcasecmp(charset, same_as_windows_1252[i]) == 0) {
			conversion->table = true;
			return true;
		}
	for (size_t i = 0; i < sizeof wider / sizeof *wider; i++)
		if (strcasecmp(charset, wider[i].name) == 0)
			charset = wider[i].iconv;
	conversion->table = false;
	/* What glibc takes behind a slash is no charset's name but an order to it, such as "//TRANSLIT". */
	conversion->iconv = strchr(charset, '/') ? (iconv_t)-1 : iconv_open("UTF-8", charset);
	if (conversion->iconv == (iconv_t)-1)
		return false;
	if (keeps_ascii(conversion, arena))
		return true;
	iconv_close(conversion->iconv);
	return false;
}

static void conversion_end(struct conversion *conversion)
{
	if (!conversion->table)
		iconv_close(conversion->iconv);
}

static bool convert_by_iconv(struct conversion *conversion, struct text *text, struct span span)
{
	char *in = (char *)span.bytes, piece[1024]; /* iconv does not write to its input, though its prototype would let it */
	size_t left = span.length;
	iconv(conversion->iconv, NULL, NULL, NULL, NULL);
	for (bool flushing = false; !flushing;) {
		char *out = piece;
		size_t room = sizeof piece;
		flushing = left == 0; /* some hold a character back, in case one that combines with it follows */
		size_t result = iconv(conversion->iconv, flushing ? NULL : &in, flushing ? NULL : &left, &out, &room);
		text_add(text, piece, sizeof piece - room);
		if (result == (size_t)-1 && errno != E2BIG)
			return false;
	}
	return true;
}

static bool convert(struct conversion *conversion, struct arena *arena, struct span *span)
{
	struct text text = {.arena = arena};
	if (!conversion->table) {
		if (!convert_by_iconv(conversion, &text, *span))
			return false;
	} else {
		for (size_t i = 0; i < span->length; i++) {
			unsigned char c = (unsigned char)span->bytes[i];
			utf8_add(&text, c >= 0x80 && c < 0xa0 ? windows_1252[c - 0x80] : c);
		}
	}
	*span = (struct span){text_string(&text), text.length};
	return utf8_valid(*span);
}

/* Does the same to every name and value, the files' too, but to a value that is settled; false where it fails for one. */
static bool each(struct submission *submission, bool (*act)(struct conversion *, struct arena *, struct span *),
	struct conversion *conversion)
{
	bool good = true;
	for (size_t i = 0; i < submission->n && good; i++) {
		struct pair *pair = &submission->pairs[i];
		good = act(conversion, submission->arena, &pair->name) &&
			(pair->settled || act(conversion, submission->arena, &pair->value));
	}
	for (struct posted_file *file = submission->files; file && good; file = file->next)
		good = act(conversion, submission->arena, &file->field) && act(conversion, submission->arena, &file->filename);
	return good;
}

static bool check(struct conversion *conversion, struct arena *arena, struct span *span)
{
	(void)conversion, (void)arena;
	return utf8_valid(*span);
}

static bool repair(struct conversion *conversion, struct arena *arena, struct span *span)
{
	struct text text = {.arena = arena};
	(void)conversion;
	utf8_repair(&text, span->bytes, span->length);
	*span = (struct span){text_string(&text), text.length};
	return true;
}

static bool is_utf8(const char *charset)
{
	return strcasecmp(charset, "utf-8") == 0 || strcasecmp(charset, "utf8") == 0;
}

/* Converts the values of parts that name a charset each, which comes before _charset_ (RFC 7578 §4.5, §4.6). */
static bool convert_parts(struct submission *submission)
{
	struct conversion conversion;
	bool good = true;
	for (size_t i = 0; i < submission->n && good; i++) {
		struct pair *pair = &submission->pairs[i];
		if (!pair->charset)
			continue;
		pair->settled = true;
		if (is_utf8(pair->charset)) {
			good = repair(NULL, submission->arena, &pair->value);
		} else if ((good = conversion_begin(&conversion, pair->charset, submission->arena))) {
			good = convert(&conversion, submission->arena, &pair->value);
			conversion_end(&conversion);
		}
	}
	return good;
}

bool charset_settle(struct submission *submission, const char *content_type)
{
	struct conversion conversion;
	if (each(submission, check, NULL))
		return true;
	if (!convert_parts(submission))
		return false;
	if (each(submission, check, NULL))
		return true;
	const char *charset = charset_named(submission, content_type);
	if (!charset || is_utf8(charset))
		return each(submission, repair, NULL);
	if (!conversion_begin(&conversion, charset, submission->arena))
		return false;
	bool good = each(submission, convert, &conversion);
	for (size_t i = 0; i < submission->n && good; i++) /* no name may hold NUL, whatever it was made from */
		good = !memchr(submission->pairs[i].name.bytes, '\0', submission->pairs[i].name.length);
	conversion_end(&conversion);
	return good;
}
