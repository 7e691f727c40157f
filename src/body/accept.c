/*
 * Systems announce files by their own registry: Windows calls a CSV file a spreadsheet, phones call anything octet-stream, and editors
 * call an encrypted document what it would be without the encryption. So a file is refused only if its bytes are plainly something else.
 */
#include "body/accept.h"

#include <string.h>
#include <strings.h>

#include "body/sniff.h"

/* Other names for a type. */
static const struct {
	const char *alias, *type;
} aliases[] = {
	{"image/jpg", "image/jpeg"},
	{"image/pjpeg", "image/jpeg"},
	{"image/x-png", "image/png"},
	{"image/x-ms-bmp", "image/bmp"},
	{"image/x-bmp", "image/bmp"},
	{"image/tif", "image/tiff"},
	{"image/x-tiff", "image/tiff"},
	{"image/heif", "image/heic"},
	{"image/heic-sequence", "image/heic"},
	{"image/heif-sequence", "image/heic"},
	{"image/x-icon", "image/vnd.microsoft.icon"},
	{"image/ico", "image/vnd.microsoft.icon"},
	{"image/x-photoshop", "image/vnd.adobe.photoshop"},
	{"application/x-pdf", "application/pdf"},
	{"application/x-zip-compressed", "application/zip"},
	{"application/x-zip", "application/zip"},
	{"multipart/x-zip", "application/zip"},
	{"application/x-gzip", "application/gzip"},
	{"application/bzip2", "application/x-bzip2"},
	{"application/x-bzip", "application/x-bzip2"},
	{"application/x-rar", "application/vnd.rar"},
	{"application/x-rar-compressed", "application/vnd.rar"},
	{"application/rar", "application/vnd.rar"},
	{"application/7z", "application/x-7z-compressed"},
	{"text/rtf", "application/rtf"},
	{"application/x-rtf", "application/rtf"},
	{"text/richtext", "application/rtf"},
	{"application/x-msdownload", "application/x-executable"},
	{"application/csv", "text/csv"},
	{"text/x-csv", "text/csv"},
	{"application/x-csv", "text/csv"},
	{"text/comma-separated-values", "text/csv"},
	{"text/x-markdown", "text/markdown"},
	{"text/json", "application/json"},
	{"text/xml", "application/xml"},
	{"audio/mp3", "audio/mpeg"},
	{"audio/x-mp3", "audio/mpeg"},
	{"audio/mpeg3", "audio/mpeg"},
	{"audio/x-mpeg", "audio/mpeg"},
	{"audio/x-wav", "audio/wav"},
	{"audio/wave", "audio/wav"},
	{"audio/vnd.wave", "audio/wav"},
	{"audio/x-m4a", "audio/mp4"},
	{"audio/m4a", "audio/mp4"},
	{"audio/aacp", "audio/aac"},
	{"audio/x-aac", "audio/aac"},
	{"audio/x-flac", "audio/flac"},
	{"audio/x-aiff", "audio/aiff"},
	{"audio/mid", "audio/midi"},
	{"audio/x-midi", "audio/midi"},
	{"video/x-m4v", "video/mp4"},
	{"video/avi", "video/x-msvideo"},
	{"video/msvideo", "video/x-msvideo"},
	{"audio/3gpp", "video/3gpp"},
	{"audio/3gpp2", "video/3gpp2"},
	{"video/x-ms-wmv", "video/x-ms-asf"},
	{"audio/x-ms-wma", "video/x-ms-asf"},
};

#define MP4 "video/mp4 audio/mp4 video/quicktime video/3gpp video/3gpp2"
#define OFFICE "application/zip application/x-ole-storage"

/* What the bytes of a type may look like, by the beginning of its name; the first that fits counts. */
static const struct {
	const char *prefix, *looks;
	bool may_be_unknown;
} carriers[] = {
	{"application/vnd.openxmlformats-officedocument.", OFFICE, false}, /* OLE when it is encrypted */
	{"application/vnd.ms-excel.", OFFICE, false},
	{"application/vnd.ms-excel", OFFICE " text/plain", false}, /* CSV, HTML or XML */
	{"application/vnd.ms-powerpoint", OFFICE, false},
	{"application/vnd.ms-word", OFFICE, false},
	{"application/vnd.ms-outlook", "application/x-ole-storage text/plain", false},
	{"application/vnd.ms-", OFFICE " text/plain application/rtf", true},
	{"application/msword", OFFICE " application/rtf text/plain", false},
	{"application/vnd.visio", OFFICE, false},
	{"application/rtf", "application/rtf", false},
	{"application/vnd.oasis.opendocument.", "application/zip", false},
	{"application/epub+zip", "application/zip", false},
	{"application/vnd.apple.", "application/zip", false},
	{"application/vnd.google-earth.kmz", "application/zip", false},
	{"application/vnd.android.package-archive", "application/zip", false},
	{"application/java-archive", "application/zip", false},
	{"application/zip",
		"application/zip application/vnd.oasis.opendocument.text application/vnd.oasis.opendocument.spreadsheet "
		"application/vnd.oasis.opendocument.presentation application/vnd.oasis.opendocument.graphics application/epub+zip",
		false},
	{"application/illustrator", "application/pdf application/postscript", false},
	{"application/postscript", "application/postscript application/pdf", false},
	{"application/json", "text/plain", false},
	{"application/xml", "text/plain", false},
	{"application/javascript", "text/plain", false},
	{"application/yaml", "text/plain", false},
	{"application/sql", "text/plain", false},
	{"message/", "text/plain", false},
	{"text/", "text/plain", false},
	{"image/svg+xml", "text/plain application/gzip", false},
	{"image/heic", "image/heic image/heif", false},
	{"image/avif", "image/avif image/heif", false},
	{"image/x-adobe-dng", "image/tiff", false},
	{"image/x-", "image/tiff text/plain", true}, /* raw pictures of cameras, portable pixmaps */
	{"audio/webm", "video/webm video/x-matroska", false},
	{"video/webm", "video/webm video/x-matroska", false},
	{"audio/x-matroska", "video/webm video/x-matroska", false},
	{"video/x-matroska", "video/webm video/x-matroska", false},
	{"audio/ogg", "application/ogg", false},
	{"video/ogg", "application/ogg", false},
	{"audio/opus", "application/ogg", false},
	{"audio/mp4", MP4, false},
	{"video/mp4", MP4, false},
	{"video/quicktime", MP4, false},
	{"video/3gpp", MP4, false},
	{"audio/mpeg", "audio/mpeg audio/aac", false},
	{"audio/aac", "audio/aac audio/mpeg " MP4, false},
};

/* What the extension of a file's name stands for. */
static const struct {
	const char *extension, *type;
} extensions[] = {
	{"png", "image/png"},
	{"jpg", "image/jpeg"},
	{"jpeg", "image/jpeg"},
	{"jfif", "image/jpeg"},
	{"gif", "image/gif"},
	{"webp", "image/webp"},
	{"avif", "image/avif"},
	{"heic", "image/heic"},
	{"heif", "image/heic"},
	{"bmp", "image/bmp"},
	{"tif", "image/tiff"},
	{"tiff", "image/tiff"},
	{"svg", "image/svg+xml"},
	{"ico", "image/vnd.microsoft.icon"},
	{"jxl", "image/jxl"},
	{"jp2", "image/jp2"},
	{"psd", "image/vnd.adobe.photoshop"},
	{"dng", "image/x-adobe-dng"},
	{"pdf", "application/pdf"},
	{"doc", "application/msword"},
	{"dot", "application/msword"},
	{"xls", "application/vnd.ms-excel"},
	{"ppt", "application/vnd.ms-powerpoint"},
	{"pps", "application/vnd.ms-powerpoint"},
	{"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	{"docm", "application/vnd.ms-word.document.macroenabled.12"},
	{"xlsm", "application/vnd.ms-excel.sheet.macroenabled.12"},
	{"xlsb", "application/vnd.ms-excel.sheet.binary.macroenabled.12"},
	{"pptm", "application/vnd.ms-powerpoint.presentation.macroenabled.12"},
	{"msg", "application/vnd.ms-outlook"},
	{"odt", "application/vnd.oasis.opendocument.text"},
	{"ods", "application/vnd.oasis.opendocument.spreadsheet"},
	{"odp", "application/vnd.oasis.opendocument.presentation"},
	{"odg", "application/vnd.oasis.opendocument.graphics"},
	{"rtf", "application/rtf"},
	{"ps", "application/postscript"},
	{"eps", "application/postscript"},
	{"epub", "application/epub+zip"},
	{"txt", "text/plain"},
	{"text", "text/plain"},
	{"log", "text/plain"},
	{"csv", "text/csv"},
	{"tsv", "text/tab-separated-values"},
	{"md", "text/markdown"},
	{"html", "text/html"},
	{"htm", "text/html"},
	{"json", "application/json"},
	{"xml", "application/xml"},
	{"yaml", "application/yaml"},
	{"yml", "application/yaml"},
	{"ics", "text/calendar"},
	{"vcf", "text/vcard"},
	{"eml", "message/rfc822"},
	{"zip", "application/zip"},
	{"gz", "application/gzip"},
	{"tgz", "application/gzip"},
	{"bz2", "application/x-bzip2"},
	{"xz", "application/x-xz"},
	{"zst", "application/zstd"},
	{"7z", "application/x-7z-compressed"},
	{"rar", "application/vnd.rar"},
	{"tar", "application/x-tar"},
	{"mp3", "audio/mpeg"},
	{"wav", "audio/wav"},
	{"m4a", "audio/mp4"},
	{"aac", "audio/aac"},
	{"flac", "audio/flac"},
	{"ogg", "audio/ogg"},
	{"oga", "audio/ogg"},
	{"opus", "audio/opus"},
	{"aif", "audio/aiff"},
	{"aiff", "audio/aiff"},
	{"mid", "audio/midi"},
	{"midi", "audio/midi"},
	{"amr", "audio/amr"},
	{"mp4", "video/mp4"},
	{"m4v", "video/mp4"},
	{"mov", "video/quicktime"},
	{"3gp", "video/3gpp"},
	{"webm", "video/webm"},
	{"mkv", "video/x-matroska"},
	{"avi", "video/x-msvideo"},
	{"mpg", "video/mpeg"},
	{"mpeg", "video/mpeg"},
	{"wmv", "video/x-ms-asf"},
	{"flv", "video/x-flv"},
	{"ogv", "video/ogg"},
	{"exe", "application/x-executable"},
};

static struct span name_of_type(struct span type)
{
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (span_same(type, span_of(aliases[i].alias)))
			return span_of(aliases[i].type);
	return type;
}

static bool is_same_type(struct span a, struct span b)
{
	return a.length && span_same(name_of_type(a), name_of_type(b));
}

/* Returns the extension of a file's name, without the dot. */
static struct span extension_of(struct span filename)
{
	for (size_t n = filename.length; n > 0; n--)
		if (filename.bytes[n - 1] == '.')
			return (struct span){filename.bytes + n, filename.length - n};
	return (struct span){"", 0};
}

static struct span type_of_extension(struct span extension)
{
	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
		if (span_same(extension, span_of(extensions[i].extension)))
			return span_of(extensions[i].type);
	return (struct span){"", 0};
}

/* Tells whether one entry of the list covers the type, which is not empty. */
static bool entry_covers(struct span entry, struct span type)
{
	if (entry.length && entry.bytes[0] == '.')
		return is_same_type(type, type_of_extension((struct span){entry.bytes + 1, entry.length - 1}));
	if (entry.length < 3 || memcmp(entry.bytes + entry.length - 2, "/*", 2) != 0)
		return is_same_type(type, entry);
	size_t n = entry.length - 1;
	return type.length > n && strncasecmp(entry.bytes, type.bytes, n) == 0;
}

static bool list_covers(const char *list, struct span type)
{
	for (size_t n; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (type.length && entry_covers(span_trim((struct span){list, n}), type))
			return true;
	}
	return false;
}

/* Tells whether the list has that entry, whatever its case. */
static bool list_names(const char *list, struct span name)
{
	for (size_t n; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (span_same(span_trim((struct span){list, n}), name))
			return true;
	}
	return false;
}

static bool words_hold(const char *words, const char *word)
{
	size_t length = strlen(word);
	for (size_t n; *words; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (n == length && memcmp(words, word, n) == 0)
			return true;
	}
	return false;
}

/* Tells whether many types' files look like that. */
static bool is_container(const char *found)
{
	return words_hold(
		"application/zip application/x-ole-storage application/gzip application/ogg video/mp4 video/x-matroska text/plain", found);
}

/* Tells whether the bytes can be of that type. */
static bool bytes_can_be(struct span type, const char *found)
{
	type = name_of_type(type);
	if (span_same(type, span_of("application/octet-stream")))
		return true;
	if (found && is_same_type(type, span_of(found)))
		return true;
	for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++) {
		size_t n = strlen(carriers[i].prefix);
		if (type.length >= n && strncasecmp(type.bytes, carriers[i].prefix, n) == 0)
			return found ? words_hold(carriers[i].looks, found) : carriers[i].may_be_unknown;
	}
	return !sniff_knows(type) && (!found || is_container(found));
}

bool accept_takes(const char *list, const char *announced, struct span filename, const char *found)
{
	struct span type = span_trim((struct span){announced, strcspn(announced, ";")}), extension = extension_of(filename);
	struct span by_name = type_of_extension(extension);
	if (list_names(list, span_of("*/*")) || (found && list_covers(list, span_of(found))))
		return true;
	if ((list_covers(list, type) && bytes_can_be(type, found)) || (list_covers(list, by_name) && bytes_can_be(by_name, found)))
		return true;
	bool unknown = !by_name.length && extension.length; /* an extension that the list may have all the same */
	return unknown && list_names(list, (struct span){extension.bytes - 1, extension.length + 1}) && (!found || is_container(found));
}
