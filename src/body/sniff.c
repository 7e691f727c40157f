/*
 * A short table, after WHATWG MIME Sniffing §6 and the formats' own magic numbers. libmagic knows more, and takes longer to load its
 * rules than a whole CGI request takes. A file whose type is in the table must begin as the table says; for other types the
 * announced one is all there is to go by. Office documents are archives: what is inside is not looked into.
 */
#include "body/sniff.h"

#include <string.h>
#include <strings.h>

#include "base/span.h"

static const struct {
	const char *type;
	size_t at, n;
	const char *magic;
	const char *first; /* what the file begins with besides, or NULL */
} types[] = {
	{"image/png", 0, 8, "\x89PNG\r\n\x1a\n", NULL},
	{"image/jpeg", 0, 3, "\xff\xd8\xff", NULL},
	{"image/gif", 0, 6, "GIF87a", NULL},
	{"image/gif", 0, 6, "GIF89a", NULL},
	{"image/webp", 8, 6, "WEBPVP", "RIFF"},
	{"image/avif", 4, 8, "ftypavif", NULL},
	{"image/heic", 4, 8, "ftypheic", NULL},
	{"image/bmp", 0, 2, "BM", NULL},
	{"image/tiff", 0, 4, "II*\0", NULL},
	{"image/tiff", 0, 4, "MM\0*", NULL},
	{"application/pdf", 0, 5, "%PDF-", NULL},
	{"application/zip", 0, 4, "PK\x03\x04", NULL},
	{"application/gzip", 0, 3, "\x1f\x8b\x08", NULL},
	{"application/x-ole-storage", 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", NULL},
};

/* Types whose files look like another type's. */
static const struct {
	const char *prefix, *looks_like;
} guises[] = {
	{"application/vnd.openxmlformats-officedocument.", "application/zip"},
	{"application/vnd.oasis.opendocument.", "application/zip"},
	{"application/epub+zip", "application/zip"},
	{"application/x-zip-compressed", "application/zip"},
	{"application/msword", "application/x-ole-storage"},
	{"application/vnd.ms-excel", "application/x-ole-storage"},
	{"application/vnd.ms-powerpoint", "application/x-ole-storage"},
	{"image/jpg", "image/jpeg"},
	{"image/pjpeg", "image/jpeg"},
};

const char *sniff(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (n >= types[i].at + types[i].n && memcmp(bytes + types[i].at, types[i].magic, types[i].n) == 0 &&
		    (!types[i].first || memcmp(bytes, types[i].first, strlen(types[i].first)) == 0))
			return types[i].type;
	return NULL;
}

static bool begins_with(struct span type, const char *prefix)
{
	size_t n = strlen(prefix);
	return type.length >= n && strncasecmp(type.bytes, prefix, n) == 0;
}

/* Gives the type whose magic number a file of that type has, or NULL where there is none in the table. */
static const char *look_of(struct span type)
{
	for (size_t i = 0; i < sizeof guises / sizeof *guises; i++)
		if (begins_with(type, guises[i].prefix))
			return guises[i].looks_like;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (span_same(type, span_of(types[i].type)))
			return types[i].type;
	return NULL;
}

static bool list_accepts(const char *list, struct span type)
{
	for (size_t n; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		struct span one = span_trim((struct span){list, n});
		if (span_is(one, "*/*"))
			return true;
		bool family = one.length > 1 && memcmp(one.bytes + one.length - 2, "/*", 2) == 0;
		size_t compared = family ? one.length - 1 : one.length;
		if ((family ? type.length > compared : type.length == one.length) && compared &&
		    strncasecmp(one.bytes, type.bytes, compared) == 0)
			return true;
	}
	return false;
}

bool sniff_accepts(const char *list, const char *announced, const char *found)
{
	struct span type = span_trim((struct span){announced, strcspn(announced, ";")});
	if (!list_accepts(list, type))
		return false;
	const char *look = look_of(type);
	return look ? found && strcmp(look, found) == 0 : !found || list_accepts(list, span_of(found));
}
