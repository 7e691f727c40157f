/*
 * Browsers post in the page's own encoding, and tell which in a hidden field named _charset_ (HTML, "constructing the entry list").
 * windows-1252, which on the web is also what "latin1" and "ascii" mean (WHATWG Encoding §4.2), is turned here: by far the most
 * frequent, and a static program finds no tables of iconv's. The others are left to iconv.
 */
#include "charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "media.h"

/* The bytes from 0x80 to 0x9f; the others are what Unicode has at their number. */
static const unsigned short windows_1252[32] = {
	0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
};

static const char *const same_as_windows_1252[] = {"windows-1252", "cp1252", "iso-8859-1", "iso8859-1", "latin1", "l1", "us-ascii", "ascii"};

/* A conversion: by the table above, or by iconv. */
struct conversion {
	bool table;
	iconv_t iconv;
};

/* Gives the charset that was named, as a string in the arena, or NULL. */
static const char *charset_named(const struct submission *submission, const char *content_type)
{
	size_t from = 0;
	const struct span *field = submission_next(submission, "_charset_", &from);
	if (field && field->length)
		return field->bytes;
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

static void add_character(struct text *text, unsigned code)
{
	char bytes[3] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f))};
	char two[2] = {(char)(0xc0 | code >> 6), bytes[2]};
	if (code < 0x80)
		text_byte(text, (char)code);
	else if (code < 0x800)
		text_add(text, two, 2);
	else
		text_add(text, bytes, 3);
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
			add_character(&text, c >= 0x80 && c < 0xa0 ? windows_1252[c - 0x80] : c);
		}
	}
	*span = (struct span){text_string(&text), text.length};
	return utf8_valid(*span);
}

/* Does the same to every name and value, the files' too; false where it fails for one. */
static bool each(struct submission *submission, bool (*act)(struct conversion *, struct arena *, struct span *),
	struct conversion *conversion)
{
	bool good = true;
	for (size_t i = 0; i < submission->n && good; i++)
		good = act(conversion, submission->arena, &submission->pairs[i].name) &&
			act(conversion, submission->arena, &submission->pairs[i].value);
	for (struct file *file = submission->files; file && good; file = file->next)
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

bool charset_settle(struct submission *submission, const char *content_type)
{
	struct conversion conversion;
	if (each(submission, check, NULL))
		return true;
	const char *charset = charset_named(submission, content_type);
	if (!charset || strcasecmp(charset, "utf-8") == 0 || strcasecmp(charset, "utf8") == 0)
		return each(submission, repair, NULL);
	if (!conversion_begin(&conversion, charset, submission->arena))
		return false;
	bool good = each(submission, convert, &conversion);
	for (size_t i = 0; i < submission->n && good; i++) /* no name may hold NUL, whatever it was made from */
		good = !memchr(submission->pairs[i].name.bytes, '\0', submission->pairs[i].name.length);
	if (!conversion.table)
		iconv_close(conversion.iconv);
	return good;
}
