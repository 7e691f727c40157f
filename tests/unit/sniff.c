/* What files are by their first bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "body/sniff.h"

#define BYTES(literal) literal, sizeof literal - 1

static const struct {
	const char *bytes;
	size_t n;
	const char *type;
} heads[] = {
	{BYTES("\x89PNG\r\n\x1a\n"), "image/png"}, {BYTES("\xff\xd8\xff"), "image/jpeg"}, {BYTES("GIF87a"), "image/gif"},
	{BYTES("GIF89a"), "image/gif"}, {BYTES("RIFF\x10\0\0\0WEBPVP"), "image/webp"}, {BYTES("\0\0\0\x1c" "ftypavif"), "image/avif"},
	{BYTES("\0\0\0\x18" "ftypheic"), "image/heic"}, {BYTES("II*\0"), "image/tiff"},
	{BYTES("MM\0*"), "image/tiff"}, {BYTES("%PDF-"), "application/pdf"}, {BYTES("PK\x03\x04"), "application/zip"},
	{BYTES("\x1f\x8b\x08"), "application/gzip"}, {BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "application/x-ole-storage"},
};

enum { HEADS = sizeof heads / sizeof *heads };

/* Sniffs a copy of just that size, so that a read past its end is seen by the tools that look for it. */
static const char *sniffed(const char *bytes, size_t n)
{
	unsigned char *copy = malloc(n ? n : 1);
	assert_non_null(copy);
	memcpy(copy, bytes, n);
	const char *type = sniff(copy, n);
	free(copy);
	return type;
}

static void a_file_is_what_its_first_bytes_say(void **state)
{
	char longer[SNIFF_BYTES];
	(void)state;
	for (size_t i = 0; i < HEADS; i++) {
		const char *type = sniffed(heads[i].bytes, heads[i].n);
		if (!type || strcmp(type, heads[i].type) != 0)
			fail_msg("%s: sniffed as %s", heads[i].type, type ? type : "nothing");
		memset(longer, 'x', sizeof longer);
		memcpy(longer, heads[i].bytes, heads[i].n);
		assert_string_equal(sniffed(longer, sizeof longer), heads[i].type);
	}
}

static void a_head_that_is_cut_short_says_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < HEADS; i++)
		for (size_t n = 0; n < heads[i].n; n++)
			if (sniffed(heads[i].bytes, n))
				fail_msg("%s: known by %zu bytes", heads[i].type, n);
}

static void a_head_with_a_wrong_byte_is_not_taken_for_that_type(void **state)
{
	static const size_t free_at[][2] = {{4, 7}, {0, 3}, {0, 3}}; /* sizes, which any bytes may be */
	static const char *const free_in[] = {"image/webp", "image/avif", "image/heic"};
	char other[SNIFF_BYTES];
	(void)state;
	for (size_t i = 0; i < HEADS; i++)
		for (size_t at = 0; at < heads[i].n; at++) {
			bool any = false;
			for (size_t k = 0; k < sizeof free_in / sizeof *free_in; k++)
				any |= strcmp(heads[i].type, free_in[k]) == 0 && at >= free_at[k][0] && at <= free_at[k][1];
			memcpy(other, heads[i].bytes, heads[i].n);
			other[at] ^= 0x08;
			const char *type = sniffed(other, heads[i].n);
			if (!any && type && strcmp(type, heads[i].type) == 0)
				fail_msg("%s: taken for it though byte %zu is another", heads[i].type, at);
		}
}

static void what_is_no_known_type_is_nothing(void **state)
{
	static const char *const others[] = {"", "text", "<!DOCTYPE html>", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "#!/bin/sh\n",
		"MZ", "BM", "\n\x89PNG\r\n\x1a\n", "gif89a", "GIF88a", "{\"a\":1}", "PK\x03", "BZh9", "BMW is a car, and so is MG", "MZ is text", "ID3 text", "RIFF", "%PDF"};
	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (sniffed(others[i], strlen(others[i])))
			fail_msg("\"%s\" is known as %s", others[i], sniffed(others[i], strlen(others[i])));
}

static void brands_and_packages_tell_more(void **state)
{
#define ZIP "PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0"
	static const struct {
		const char *bytes;
		size_t n;
		const char *type;
	} files[] = {
		{BYTES("\0\0\0\x18" "ftypmif1\0\0\0\0mif1heic"), "image/heic"}, {BYTES("\0\0\0\x18" "ftypmif1\0\0\0\0mif1avif"), "image/avif"},
		{BYTES("\0\0\0\x18" "ftypmif1\0\0\0\0miaf"), "image/heif"}, {BYTES("\0\0\0\x14" "ftypmif1\0\0\0\0miafheic"), "image/heif"},
		{BYTES("\0\0\0\x18" "ftypheix"), "image/heic"}, {BYTES("\0\0\0\x18" "ftypmsf1\0\0\0\0hevc"), "image/heic"}, {BYTES("\0\0\0\x18" "ftypavis"), "image/avif"},
		{BYTES("\0\0\0\x18" "ftypisom"), "video/mp4"}, {BYTES("\0\0\0\x18" "ftypmp42"), "video/mp4"}, {BYTES("\0\0\0\x18" "ftypM4A "), "audio/mp4"},
		{BYTES("\0\0\0\x14" "ftypqt  "), "video/quicktime"}, {BYTES("\0\0\0\x18" "ftyp3gp4"), "video/3gpp"},
		{BYTES(ZIP "mimetypeapplication/vnd.oasis.opendocument.textPK"), "application/vnd.oasis.opendocument.text"},
		{BYTES(ZIP "mimetypeapplication/vnd.oasis.opendocument.text-templatePK"), "application/zip"},
		{BYTES(ZIP "mimetypeapplication/epub+zipPK"), "application/epub+zip"}, {BYTES(ZIP "[Content_Types].xml"), "application/zip"},
		{BYTES("\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x82\x84webm"), "video/webm"}, {BYTES("\x1a\x45\xdf\xa3\x42\x82\x88matroska"), "video/x-matroska"},
		{BYTES("BM6\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), "image/bmp"}, {BYTES("MZ\x90\0\3"), "application/x-executable"},
		{BYTES("HTTP/1.1 200 OK\r\n\r\n%PDF-1.4"), "application/pdf"}, {BYTES("RIFF\0\0\0\0WAVEfmt "), "audio/wav"},
		{BYTES("RIFF\0\0\0\0AVI LIST"), "video/x-msvideo"}, {BYTES("ID3\3\0"), "audio/mpeg"}, {BYTES("{\\rtf1"), "application/rtf"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		const char *type = sniffed(files[i].bytes, files[i].n);
		if (!type || strcmp(type, files[i].type) != 0)
			fail_msg("%s: sniffed as %s", files[i].type, type ? type : "nothing");
	}
	char late[SNIFF_BYTES + 10] = "";
	memset(late, ' ', sizeof late);
	memcpy(late + 1024, "%PDF-", 5);
	assert_string_equal(sniffed(late, SNIFF_BYTES), "application/pdf");
	memmove(late + 1030, "%PDF-", 5);
	late[1024] = ' ';
	assert_null(sniffed(late, SNIFF_BYTES));
}

static void text_is_what_has_no_binary_bytes(void **state)
{
	(void)state;
	assert_true(sniff_is_text((const unsigned char *)"", 0));
	assert_true(sniff_is_text((const unsigned char *)"a,b\r\n\t\xe9\x1b\f", 9));
	assert_true(sniff_is_text((const unsigned char *)"\xff\xfe" "a\0", 4));
	assert_false(sniff_is_text((const unsigned char *)"a\0b", 3));
	assert_false(sniff_is_text((const unsigned char *)"a\x01", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_what_its_first_bytes_say),
		cmocka_unit_test(a_head_that_is_cut_short_says_nothing),
		cmocka_unit_test(a_head_with_a_wrong_byte_is_not_taken_for_that_type),
		cmocka_unit_test(what_is_no_known_type_is_nothing),
		cmocka_unit_test(brands_and_packages_tell_more),
		cmocka_unit_test(text_is_what_has_no_binary_bytes),
	};
	return cmocka_run_group_tests_name("sniff", tests, NULL, NULL);
}
