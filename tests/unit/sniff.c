/* What files are by their first bytes, and which of them a list of types takes. */
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
	{BYTES("\0\0\0\x18" "ftypheic"), "image/heic"}, {BYTES("BM"), "image/bmp"}, {BYTES("II*\0"), "image/tiff"},
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
			other[at] ^= 0x10;
			const char *type = sniffed(other, heads[i].n);
			if (!any && type && strcmp(type, heads[i].type) == 0)
				fail_msg("%s: taken for it though byte %zu is another", heads[i].type, at);
		}
}

static void what_is_no_known_type_is_nothing(void **state)
{
	static const char *const others[] = {"", "text", "<!DOCTYPE html>", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "#!/bin/sh\n",
		"MZ", "\x7f" "ELF", " %PDF-1.7", "\n\x89PNG\r\n\x1a\n", "gif89a", "GIF88a", "{\"a\":1}", "PK\x03", "BZh9"};
	(void)state;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (sniffed(others[i], strlen(others[i])))
			fail_msg("\"%s\" is known as %s", others[i], sniffed(others[i], strlen(others[i])));
}

/* A list, what was announced, what was found, whether it is taken. */
struct row {
	const char *list, *announced, *found;
	bool taken;
};

#define DOCX "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

static const struct row rows[] = {
	/* the type must be listed */
	{"image/png", "image/png", "image/png", true}, {"image/png,image/jpeg", "image/jpeg", "image/jpeg", true},
	{"image/png , image/jpeg", "image/jpeg", "image/jpeg", true}, {" image/png", "image/png", "image/png", true},
	{"image/png", "image/jpeg", "image/jpeg", false}, {"image/png", "image/pn", NULL, false},
	{"image/png", "image/pngx", NULL, false},
	{"image/png", "", NULL, false}, {"image/png", "png", NULL, false}, {"image/png", "text/plain", NULL, false},
	{"", "", NULL, false},
	{"", "image/png", "image/png", false}, {",", "", NULL, false}, {",,image/png,", "image/png", "image/png", true},
	{"image/png", "image/png,image/jpeg", NULL, false}, {"image/png,image/jpeg", "image/png,image/jpeg", NULL, false},
	/* without regard to case (RFC 9110 §8.3.1) */
	{"image/png", "IMAGE/PNG", "image/png", true}, {"Image/PNG", "image/png", "image/png", true},
	{"IMAGE/*", "image/png", "image/png", true},
	{"image/png", "IMAGE/PNG", NULL, false},
	{DOCX, "APPLICATION/VND.OPENXMLFORMATS-OFFICEDOCUMENT.WORDPROCESSINGML.DOCUMENT", NULL, false},
	/* families */
	{"image/*", "image/png", "image/png", true}, {"image/*", "image/x-new", NULL, true}, {"image/*", "image/", NULL, false},
	{"image/*", "imagex/png", NULL, false}, {"image/*", "text/plain", NULL, false},
	{"image/*", "application/pdf", "application/pdf", false},
	{"text/*,image/*", "text/plain", NULL, true}, {"*", "image/png", "image/png", false},
	/* the content must be what was announced */
	{"image/png", "image/png", NULL, false}, {"image/png", "image/png", "image/jpeg", false},
	{"image/*", "image/png", "image/jpeg", false},
	{"image/png,image/jpeg", "image/png", "image/jpeg", false}, {"application/pdf", "application/pdf", NULL, false},
	{"application/pdf", "application/pdf", "application/zip", false}, {"image/gif", "image/gif", NULL, false},
	{"image/webp", "image/webp", NULL, false}, {"application/gzip", "application/gzip", NULL, false},
	/* where that can't be told, it must at least be no type that is not listed */
	{"text/plain", "text/plain", NULL, true}, {"text/plain", "text/plain", "image/png", false},
	{"text/plain,image/png", "text/plain", "image/png", true}, {"image/*", "image/x-new", "image/png", true},
	{"image/*", "image/x-new", "application/pdf", false}, {"application/octet-stream", "application/octet-stream", NULL, true},
	/* the archives and the names that go by other types */
	{DOCX, DOCX, "application/zip", true}, {DOCX, DOCX, NULL, false}, {DOCX, DOCX, "application/pdf", false},
	{DOCX, "application/zip", "application/zip", false},
	{"application/msword", "application/msword", "application/x-ole-storage", true},
	{"application/msword", "application/msword", "application/zip", false},
	{"application/msword", "application/msword", NULL, false},
	{"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text", "application/zip", true},
	{"application/epub+zip", "application/epub+zip", "application/zip", true},
	{"application/epub+zip", "application/epub+zip", NULL, false},
	{"image/jpg", "image/jpg", "image/jpeg", true}, {"image/jpg", "image/jpg", NULL, false},
	{"image/pjpeg", "image/pjpeg", "image/jpeg", true},
};

static void check(const struct row *row)
{
	if (sniff_accepts(row->list, row->announced, row->found) != row->taken)
		fail_msg("accept=%s: %s announced, %s found: %s", row->list, row->announced, row->found ? row->found : "nothing",
			row->taken ? "refused" : "taken");
}

static void a_type_that_is_listed_and_right_is_taken_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(&rows[i]);
}

static void parameters_of_the_announced_type_do_not_matter(void **state)
{
	static const struct row with_parameters[] = {
		{"text/plain", "text/plain; charset=utf-8", NULL, true}, {"text/plain", "text/plain ;charset=utf-8", NULL, true},
		{"image/png", "image/png; x=y", "image/png", true}, {"image/png", "image/png;", "image/png", true},
		{"image/png", "image/png; x=y", NULL, false}, {"image/png", "image/png;", NULL, false},
		{"image/png", "image/png ", NULL, false},
		{"image/png,image/jpeg", "image/png; x=y", "image/jpeg", false}, {"application/pdf", "application/pdf;v=1", NULL, false},
		{"image/png", "text/plain; x=image/png", NULL, false}, {"image/png", ";image/png", NULL, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof with_parameters / sizeof *with_parameters; i++)
		check(&with_parameters[i]);
}

/* "*" + "/" + "*" is a media range (RFC 9110 §12.5.1) that covers every type. */
static void a_list_may_take_every_type(void **state)
{
	(void)state;
	check(&(struct row){"*/*", "image/png", "image/png", true});
	check(&(struct row){"*/*", "text/plain", NULL, true});
	check(&(struct row){"*/*", "image/png", NULL, false});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_what_its_first_bytes_say),
		cmocka_unit_test(a_head_that_is_cut_short_says_nothing),
		cmocka_unit_test(a_head_with_a_wrong_byte_is_not_taken_for_that_type),
		cmocka_unit_test(what_is_no_known_type_is_nothing),
		cmocka_unit_test(a_type_that_is_listed_and_right_is_taken_and_no_other),
		cmocka_unit_test(parameters_of_the_announced_type_do_not_matter),
		cmocka_unit_test(a_list_may_take_every_type),
	};
	return cmocka_run_group_tests_name("sniff", tests, NULL, NULL);
}
