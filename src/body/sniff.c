/*
 * A table, after WHATWG MIME Sniffing §6 and the formats' own specifications. libmagic knows more, and takes longer to load its rules
 * than a whole CGI request takes.
 */
#include "body/sniff.h"

#include <string.h>

static const struct {
	const char *type;
	size_t at, n;
	const char *magic;
	const char *first; /* what the file begins with besides, or NULL */
} signatures[] = {
	{"image/png", 0, 8, "\x89PNG\r\n\x1a\n", NULL},
	{"image/jpeg", 0, 3, "\xff\xd8\xff", NULL},
	{"image/gif", 0, 6, "GIF87a", NULL},
	{"image/gif", 0, 6, "GIF89a", NULL},
	{"image/webp", 8, 6, "WEBPVP", "RIFF"},
	{"image/tiff", 0, 4, "II*\0", NULL},
	{"image/tiff", 0, 4, "MM\0*", NULL},
	{"image/tiff", 0, 4, "II+\0", NULL},
	{"image/tiff", 0, 4, "MM\0+", NULL},
	{"image/vnd.microsoft.icon", 0, 4, "\0\0\1\0", NULL},
	{"image/jxl", 0, 2, "\xff\x0a", NULL},
	{"image/jxl", 0, 12, "\0\0\0\x0cJXL \r\n\x87\n", NULL},
	{"image/jp2", 0, 12, "\0\0\0\x0cjP  \r\n\x87\n", NULL},
	{"image/vnd.adobe.photoshop", 0, 4, "8BPS", NULL},
	{"application/postscript", 0, 4, "%!PS", NULL},
	{"application/rtf", 0, 5, "{\\rtf", NULL},
	{"application/zip", 0, 4, "PK\x03\x04", NULL},
	{"application/zip", 0, 4, "PK\x05\x06", NULL},
	{"application/zip", 0, 8, "PK\x07\x08PK\x03\x04", NULL},
	{"application/gzip", 0, 3, "\x1f\x8b\x08", NULL},
	{"application/x-bzip2", 4, 6, "1AY&SY", "BZh"},
	{"application/x-xz", 0, 6,
		"\xfd"
		"7zXZ\0",
		NULL},
	{"application/zstd", 0, 4, "\x28\xb5\x2f\xfd", NULL},
	{"application/x-7z-compressed", 0, 6, "7z\xbc\xaf\x27\x1c", NULL},
	{"application/vnd.rar", 0, 6, "Rar!\x1a\x07", NULL},
	{"application/x-tar", 257, 5, "ustar", NULL},
	{"application/x-ole-storage", 0, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", NULL},
	{"application/x-executable", 0, 4,
		"\x7f"
		"ELF",
		NULL},
	{"audio/mpeg", 0, 4, "ID3\2", NULL},
	{"audio/mpeg", 0, 4, "ID3\3", NULL},
	{"audio/mpeg", 0, 4, "ID3\4", NULL},
	{"audio/mpeg", 0, 2, "\xff\xfb", NULL},
	{"audio/mpeg", 0, 2, "\xff\xfa", NULL},
	{"audio/mpeg", 0, 2, "\xff\xf3", NULL},
	{"audio/mpeg", 0, 2, "\xff\xf2", NULL},
	{"audio/aac", 0, 2, "\xff\xf1", NULL},
	{"audio/aac", 0, 2, "\xff\xf9", NULL},
	{"audio/wav", 8, 4, "WAVE", "RIFF"},
	{"audio/flac", 0, 4, "fLaC", NULL},
	{"audio/aiff", 8, 4, "AIFF", "FORM"},
	{"audio/aiff", 8, 4, "AIFC", "FORM"},
	{"audio/midi", 0, 8, "MThd\0\0\0\6", NULL},
	{"audio/amr", 0, 5, "#!AMR", NULL},
	{"application/ogg", 0, 5, "OggS\0", NULL},
	{"video/x-msvideo", 8, 4, "AVI ", "RIFF"},
	{"video/x-flv", 0, 4, "FLV\1", NULL},
	{"video/mpeg", 0, 4, "\0\0\1\xba", NULL},
	{"video/mpeg", 0, 4, "\0\0\1\xb3", NULL},
	{"video/x-ms-asf", 0, 8, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", NULL},
	{"video/quicktime", 4, 4, "moov", NULL},
	{"video/quicktime", 4, 4, "wide", NULL},
	{"video/quicktime", 4, 4, "mdat", NULL},
};

/* The brands of the ISO base media file format (ISO 14496-12 §4.3), which images share with sound and film. */
static const struct {
	const char *brand, *type;
} brands[] = {
	{"avif", "image/avif"},
	{"avis", "image/avif"},
	{"heic", "image/heic"},
	{"heix", "image/heic"},
	{"heim", "image/heic"},
	{"heis", "image/heic"},
	{"hevc", "image/heic"},
	{"hevx", "image/heic"},
	{"mif1", "image/heif"},
	{"msf1", "image/heif"},
	{"qt  ", "video/quicktime"},
	{"M4A ", "audio/mp4"},
	{"M4B ", "audio/mp4"},
	{"3gp4", "video/3gpp"},
	{"3gp5", "video/3gpp"},
	{"3gp6", "video/3gpp"},
	{"3g2a", "video/3gpp2"},
};

/* What the first entry of a ZIP file says if it is named mimetype (OpenDocument 1.2 part 3 §3.3, EPUB OCF §4.3). */
static const char *const packages[] = {
	"application/vnd.oasis.opendocument.text",
	"application/vnd.oasis.opendocument.spreadsheet",
	"application/vnd.oasis.opendocument.presentation",
	"application/vnd.oasis.opendocument.graphics",
	"application/epub+zip",
};

/* Returns the type of a brand, or NULL. */
static const char *find_brand(const unsigned char *brand)
{
	for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
		if (memcmp(brand, brands[i].brand, 4) == 0)
			return brands[i].type;
	return NULL;
}

/* A file of the general brand for images is what one of its other brands says. */
static const char *sniff_media_file(const unsigned char *bytes, size_t n)
{
	if (n < 12 || memcmp(bytes + 4, "ftyp", 4) != 0)
		return NULL;
	size_t box = (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
	const char *type = find_brand(bytes + 8);
	for (size_t at = 16; type && strcmp(type, "image/heif") == 0 && at + 4 <= n && at + 4 <= box; at += 4) {
		const char *other = find_brand(bytes + at);
		if (other && strncmp(other, "image/", 6) == 0)
			type = other;
	}
	return type ? type : "video/mp4";
}

static const char *sniff_package(const unsigned char *bytes, size_t n)
{
	enum { NAME = 30, CONTENT = NAME + 8 };
	if (n < CONTENT || memcmp(bytes + NAME, "mimetype", 8) != 0)
		return "application/zip";
	for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
		size_t length = strlen(packages[i]);
		bool ends = n == CONTENT + length || (n > CONTENT + length && bytes[CONTENT + length] == 'P');
		if (ends && memcmp(bytes + CONTENT, packages[i], length) == 0)
			return packages[i];
	}
	return "application/zip";
}

static bool holds(const unsigned char *bytes, size_t n, const char *what)
{
	size_t length = strlen(what);
	for (size_t at = 0; at + length <= n; at++)
		if (memcmp(bytes + at, what, length) == 0)
			return true;
	return false;
}

/* Matroska and WebM are EBML, which names its document type in its header (RFC 8794 §11.2.4). */
static const char *sniff_ebml(const unsigned char *bytes, size_t n)
{
	if (n < 4 || memcmp(bytes, "\x1a\x45\xdf\xa3", 4) != 0)
		return NULL;
	return holds(bytes, n < 64 ? n : 64, "webm") ? "video/webm" : "video/x-matroska";
}

/* Two letters are few: what follows must be as in such a file. */
static const char *sniff_two_letters(const unsigned char *bytes, size_t n)
{
	if (n >= 18 && memcmp(bytes, "BM", 2) == 0 && memcmp(bytes + 6, "\0\0\0\0", 4) == 0 && memcmp(bytes + 15, "\0\0\0", 3) == 0)
		return "image/bmp";
	if (n >= 2 && memcmp(bytes, "MZ", 2) == 0 && !sniff_is_text(bytes, n))
		return "application/x-executable";
	return NULL;
}

/* Readers take a PDF file that has up to 1,024 other bytes in front (Adobe's implementation notes to PDF 1.7, 13). */
static const char *sniff_pdf(const unsigned char *bytes, size_t n)
{
	return holds(bytes, n, "%PDF-") ? "application/pdf" : NULL;
}

const char *sniff(const unsigned char *bytes, size_t n)
{
	static const char *(*const others[])(const unsigned char *, size_t) = {sniff_media_file, sniff_ebml, sniff_two_letters, sniff_pdf};
	const char *found = NULL;
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures && !found; i++)
		if (n >= signatures[i].at + signatures[i].n &&
			memcmp(bytes + signatures[i].at, signatures[i].magic, signatures[i].n) == 0 &&
			(!signatures[i].first || memcmp(bytes, signatures[i].first, strlen(signatures[i].first)) == 0))
			found = signatures[i].type;
	for (size_t i = 0; i < sizeof others / sizeof *others && !found; i++)
		found = others[i](bytes, n);
	return found && strcmp(found, "application/zip") == 0 ? sniff_package(bytes, n) : found;
}

bool sniff_is_text(const unsigned char *bytes, size_t n)
{
	bool marked = n >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0); /* UTF-16 */
	for (size_t i = 0; i < n && !marked; i++)
		if (bytes[i] < 0x20 && !(bytes[i] && strchr("\t\n\f\r\x1b", bytes[i])))
			return false;
	return true;
}

bool sniff_knows(struct span type)
{
	static const char *const others[] = {"image/bmp", "application/pdf", "video/mp4", "video/webm", "video/x-matroska"};
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
		if (span_same(type, span_of(signatures[i].type)))
			return true;
	for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
		if (span_same(type, span_of(brands[i].type)))
			return true;
	for (size_t i = 0; i < sizeof packages / sizeof *packages; i++)
		if (span_same(type, span_of(packages[i])))
			return true;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (span_same(type, span_of(others[i])))
			return true;
	return false;
}
