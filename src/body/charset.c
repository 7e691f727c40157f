/*
 * Browsers post in the encoding of the page, and name it in a hidden field called _charset_ (HTML, "constructing the entry list"). A
 * charset that is declared counts, value by value: one in five words of Chinese in GBK happens to be valid UTF-8 of something else.
 * Latin-1 text that is valid UTF-8 hardly exists, though, and clients that send UTF-8 and call it ISO-8859-1 do, so text of that name may be
 * UTF-8 unless a browser has filled in the name or a part says windows-1252; so may a post without a name to a form whose pages are in
 * windows-1252, because scripts there post UTF-8.
 *
 * Only the names of the Encoding Standard are taken: iconv knows others, some with orders to it behind a slash.
 */
#include "body/charset.h"

#include <string.h>
#include <strings.h>

#include "base/diag.h"
#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "body/transcode.h"
#include "http/encoding.h"
#include "http/media.h"

/* A charset as it was declared; all zeroes if nothing did. */
struct charset {
	bool declared;
	const char *encoding; /* NULL if browsers know none of that name */
	bool may_be_utf8;     /* text that is valid UTF-8 is taken for it */
	bool of_part;
};

static struct charset charset_called(struct span label)
{
	return (struct charset){.declared = true, .encoding = encoding_find(label)};
}

/* What the web calls Latin-1 is windows-1252. */
static bool is_latin_1(const struct charset *charset)
{
	return charset->encoding && strcmp(charset->encoding, "windows-1252") == 0;
}

/* Gives the charset of all but the parts that have their own. HTML lets a page write _charset_ in any case. */
static struct charset charset_of_all(const struct submission *submission, const char *content_type, const struct form *form)
{
	for (size_t i = 0; i < submission->n; i++)
		if (span_same(submission->pairs[i].name, span_of("_charset_")) && submission->pairs[i].value.length)
			return charset_called(submission->pairs[i].value);
	struct span parameter = content_type ? media_parameter(content_type, "charset", submission->arena) : (struct span){"", 0};
	if (!parameter.length && !form->charset)
		return (struct charset){0};
	struct charset charset = charset_called(parameter.length ? parameter : span_of(form->charset));
	charset.may_be_utf8 = is_latin_1(&charset);
	return charset;
}

static struct charset charset_of_part(const char *label)
{
	struct charset charset = charset_called(span_of(label));
	charset.of_part = true;
	charset.may_be_utf8 = is_latin_1(&charset) && !strstr(label, "1252");
	return charset;
}

static bool is_utf_16(const char *encoding)
{
	return strncmp(encoding, "UTF-16", 6) == 0;
}

/* In ISO-2022-JP, and in it only, bytes that are ASCII may stand for something else. */
static bool has_shift(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.bytes[i] == 0x1b || text.bytes[i] == 0x0e || text.bytes[i] == 0x0f)
			return true;
	return false;
}

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.bytes[i] >= 0x80)
			return false;
	return true;
}

static void repair_span(struct arena *arena, struct span *span)
{
	struct text text = {.arena = arena};
	if (utf8_valid(*span))
		return;
	utf8_repair(&text, span->bytes, span->length);
	*span = (struct span){text_string(&text), text.length};
}

/* Converts from an encoding that is not UTF-8. */
static bool convert_span(struct transcoder *transcoder, struct arena *arena, const struct charset *charset, struct span *span)
{
	bool wide = is_utf_16(charset->encoding), shifts = strcmp(charset->encoding, "ISO-2022-JP") == 0 && has_shift(*span);
	if (wide && !charset->of_part)
		return false; /* no page posts in UTF-16 (WHATWG Encoding §4.3, "get an output encoding") */
	if (!wide && !shifts && (is_ascii(*span) || (charset->may_be_utf8 && utf8_valid(*span))))
		return true;
	struct text text = {.arena = arena};
	switch (transcode_add(transcoder, charset->encoding, *span, &text)) {
	case TRANSCODE_DONE: *span = (struct span){text_string(&text), text.length}; return utf8_valid(*span);
	case TRANSCODE_UNSUPPORTED:
		diag_error("text in %s can't be converted on this system; the post was answered 400", charset->encoding);
		return false;
	case TRANSCODE_ILL_FORMED: break;
	}
	return !wide && !shifts && utf8_valid(*span);
}

static bool settle_span(struct transcoder *transcoder, struct arena *arena, const struct charset *charset, struct span *span)
{
	if (charset->declared && !charset->encoding)
		return utf8_valid(*span);
	if (charset->declared && strcmp(charset->encoding, "UTF-8") != 0)
		return convert_span(transcoder, arena, charset, span);
	repair_span(arena, span);
	return true;
}

/* Names may not hold NUL, whatever they were converted from. */
static bool settle_name(struct transcoder *transcoder, struct arena *arena, const struct charset *charset, struct span *name)
{
	return settle_span(transcoder, arena, charset, name) && !(name->length && memchr(name->bytes, '\0', name->length));
}

static bool settle_pair(struct transcoder *transcoder, struct arena *arena, const struct charset *all, struct pair *pair)
{
	struct charset own = pair->charset ? charset_of_part(pair->charset) : *all;
	return pair->is_utf8 || (settle_name(transcoder, arena, all, &pair->name) && settle_span(transcoder, arena, &own, &pair->value));
}

bool charset_settle(struct submission *submission, const char *content_type, const struct form *form)
{
	struct charset all = charset_of_all(submission, content_type, form);
	struct arena *arena = submission->arena;
	struct transcoder transcoder = {0};
	bool good = true;
	for (size_t i = 0; i < submission->n && good; i++)
		good = settle_pair(&transcoder, arena, &all, &submission->pairs[i]);
	for (struct posted_file *file = submission->files; file && good; file = file->next)
		good = settle_name(&transcoder, arena, &all, &file->field) &&
			(file->filename_is_utf8 || settle_name(&transcoder, arena, &all, &file->filename));
	transcode_end(&transcoder);
	return good;
}

bool charset_is_declared(const struct submission *submission, const char *content_type, const struct form *form)
{
	return charset_of_all(submission, content_type, form).declared;
}
