/* Which files accept= takes: by their bytes, their announced type and their name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "body/accept.h"

/* A list, what was announced, the file's name, what was found, whether it is taken. */
struct row {
	const char *list, *announced, *filename, *found;
	bool taken;
};

#define OFFICE "application/vnd.openxmlformats-officedocument."
#define DOCX OFFICE "wordprocessingml.document"
#define XLSX OFFICE "spreadsheetml.sheet"
#define ODT "application/vnd.oasis.opendocument.text"
#define ODS "application/vnd.oasis.opendocument.spreadsheet"
#define XLSM "application/vnd.ms-excel.sheet.macroEnabled.12"
#define ANY "application/octet-stream"
#define OLE "application/x-ole-storage"
#define ZIP "application/zip"
#define TEXT "text/plain"

static void check_rows(const struct row *rows, size_t n)
{
	size_t wrong = 0;
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		if (accept_takes(row->list, row->announced, span_of(row->filename), row->found) == row->taken)
			continue;
		print_error("accept=%s: %s as %s, %s found: %s\n", row->list, row->filename, row->announced, row->found ? row->found : "nothing",
			row->taken ? "refused" : "taken");
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

#define CHECK(rows) check_rows(rows, sizeof rows / sizeof *rows)

static void the_list_is_read_as_html_says(void **state)
{
	static const struct row rows[] = {
		{"image/png", "image/png", "", "image/png", true}, {" image/png , image/jpeg", "image/jpeg", "", "image/jpeg", true},
		{",,image/png,", "IMAGE/PNG", "", "image/png", true}, {"Image/PNG", "image/png", "", "image/png", true},
		{"IMAGE/*", "image/png", "", "image/png", true}, {"image/*", "image/x-new", "", NULL, true}, {"image/*", "image/", "", NULL, false},
		{"image/*", "imagex/png", "", NULL, false}, {"", "", "", NULL, false}, {"", "image/png", "x.png", "image/png", false},
		{",", "", "", NULL, false}, {"*", "image/png", "", "image/png", false}, {"image/png", "image/png,image/jpeg", "", NULL, false},
		{"image/png", "image/pngx", "", NULL, false}, {"image/png", "", "", NULL, false}, {"text/plain", "text/plain; charset=utf-8", "", TEXT, true},
		{"image/png", ";image/png", "", NULL, false}, {"image/png", "text/plain; x=image/png", "", NULL, false},
		{"*/*", "image/png", "x", NULL, true}, {"*/*", "", "", "application/x-executable", true}, {"image/png, */*", ANY, "x", NULL, true},
	};
	(void)state;
	CHECK(rows);
}

static void bytes_of_a_listed_type_are_taken_whatever_they_were_called(void **state)
{
	static const struct row rows[] = {
		{"image/png,image/jpeg", ANY, "IMG_1", "image/jpeg", true}, {"image/png,image/jpeg", "image/jpeg", "a.jpg", "image/png", true},
		{"image/*", "image/png", "x.png", "image/jpeg", true}, {"image/*", TEXT, "x", "image/webp", true}, {"image/jpg", "", "", "image/jpeg", true},
		{"image/heic", ANY, "a", "image/heif", true}, {"image/heif", "image/heic", "a.heic", "image/heic", true}, {"image/pjpeg", ANY, "", "image/jpeg", true},
		{"application/pdf", "application/force-download", "a", "application/pdf", true}, {".pdf", "x", "scan", "application/pdf", true},
		{ZIP, DOCX, "a.docx", ZIP, true}, {TEXT, ANY, "README", TEXT, true}, {ODT, ANY, "a", ODT, true}, {"audio/*", ANY, "a", "audio/mpeg", true},
		{"video/*", ANY, "a", "video/quicktime", true}, {"application/x-zip-compressed", ANY, "a", ZIP, true}, {"audio/mp3", "audio/mpeg", "a.mp3", "audio/mpeg", true},
	};
	(void)state;
	CHECK(rows);
}

static void a_listed_name_is_taken_if_the_bytes_can_be_that(void **state)
{
	static const struct row rows[] = {
		/* what Windows calls a spreadsheet */
		{"text/csv,application/vnd.ms-excel", "application/vnd.ms-excel", "a.csv", TEXT, true}, {"text/csv", "application/vnd.ms-excel", "a.csv", TEXT, true},
		{"text/csv", ANY, "A.CSV", TEXT, true}, {"application/vnd.ms-excel", "application/vnd.ms-excel", "a.xls", OLE, true},
		{"application/vnd.ms-excel", "application/vnd.ms-excel", "a.xls", ZIP, true}, {"application/vnd.ms-excel.sheet.macroenabled.12", XLSM, "a.xlsm", ZIP, true},
		{XLSX, XLSX, "a.xlsx", OLE, true}, {".xlsx,.xls", ANY, "a.xlsx", ZIP, true}, {XLSX, ANY, "a.xlsx", ZIP, true}, {XLSX, ZIP, "a.xlsx", ZIP, true},
		/* documents */
		{DOCX, DOCX, "a.docx", ZIP, true}, {DOCX, DOCX, "a.docx", OLE, true}, {"application/msword", "application/msword", "a.doc", OLE, true},
		{"application/msword", "application/msword", "a.doc", "application/rtf", true}, {"application/msword", "application/msword", "a.doc", ZIP, true},
		{"application/msword", "application/msword", "a.doc", TEXT, true}, {ODT, ODT, "a.odt", ODT, true}, {ODT, ODT, "a.odt", ZIP, true},
		{"text/rtf", "application/rtf", "a.rtf", "application/rtf", true}, {".pdf", "application/pdf", "a.pdf", "application/pdf", true},
		{"application/epub+zip", ANY, "a.epub", ZIP, true}, {ZIP, ZIP, "a.odt", ODT, true}, {"application/vnd.ms-outlook", ANY, "a.msg", OLE, true},
		/* pictures, sound and film */
		{"image/svg+xml", "image/svg+xml", "a.svg", TEXT, true}, {"image/*", "image/svg+xml", "a.svg", TEXT, true}, {"image/*", "image/x-portable-pixmap", "a.ppm", TEXT, true},
		{"image/*", "image/x-canon-cr2", "a.cr2", "image/tiff", true}, {"audio/mp4", "audio/x-m4a", "a.m4a", "video/mp4", true}, {"video/mp4", "video/mp4", "a.mp4", "video/quicktime", true},
		{"video/quicktime", ANY, "a.mov", "video/mp4", true}, {"audio/ogg", "audio/ogg", "a.ogg", "application/ogg", true}, {"audio/webm", "audio/webm", "a", "video/webm", true},
		/* text, and what nobody knows */
		{"application/json", "application/json", "a.json", TEXT, true}, {"text/*", "text/x-new", "a", TEXT, true}, {ANY, ANY, "a", NULL, true},
		{ANY, ANY, "a", "image/png", true}, {".dwg", ANY, "a.DWG", NULL, true}, {".dwg", ANY, "a.dwg", TEXT, true}, {"application/x-new", "application/x-new", "", ZIP, true},
		{"model/stl", "model/stl", "a.stl", TEXT, true}, {"image/png,.dwg", "application/acad", "x.y.dwg", NULL, true},
	};
	(void)state;
	CHECK(rows);
}

static void bytes_that_are_plainly_something_else_are_refused(void **state)
{
	static const struct row rows[] = {
		{"image/png", "image/png", "a.png", NULL, false}, {"image/png", "image/png", "a.png", "image/jpeg", false}, {"image/png", "image/png", "a.png", TEXT, false},
		{"image/*", "image/png", "a.png", TEXT, false}, {"image/*", "image/jpeg", "a.jpg", "application/x-executable", false}, {"image/*", "image/png", "a", ZIP, false},
		{"image/heic", "image/heic", "a.heic", "video/mp4", false}, {"application/pdf", "application/pdf", "a.pdf", NULL, false},
		{"application/pdf", "application/pdf", "a.pdf", ZIP, false}, {".pdf", "application/pdf", "a.pdf", TEXT, false}, {"image/webp", "image/webp", "", NULL, false},
		{DOCX, DOCX, "a.docx", NULL, false}, {DOCX, DOCX, "a.docx", "application/pdf", false}, {DOCX, DOCX, "a.docx", TEXT, false}, {DOCX, DOCX, "a.docx", "image/png", false},
		{DOCX, ZIP, "a.zip", ZIP, false}, {DOCX, XLSX, "a.xlsx", ZIP, false}, {DOCX, ANY, "a", ZIP, false}, {ODT, ODT, "a.odt", ODS, false}, {ODT, ODT, "a.odt", OLE, false},
		{"application/msword", "application/msword", "a.doc", NULL, false}, {"application/msword", "application/msword", "a.doc", "image/png", false},
		{"application/rtf", "application/rtf", "a.rtf", TEXT, false}, {ZIP, ZIP, "a.zip", "application/vnd.rar", false}, {"text/csv", "text/csv", "a.csv", NULL, false},
		{"text/csv", "text/csv", "a.csv", "application/x-executable", false}, {"text/plain", TEXT, "a.txt", "image/png", false}, {"text/csv", TEXT, "a.txt", TEXT, false},
		{"audio/mpeg", "audio/mpeg", "a.mp3", TEXT, false}, {"audio/*", "audio/mpeg", "a.mp3", "application/ogg", false}, {"video/mp4", "video/mp4", "a.mp4", "video/x-msvideo", false},
		{".dwg", ANY, "a.dwg", "application/x-executable", false}, {".dwg", ANY, "a.dxf", NULL, false}, {".dwg", ANY, "dwg", NULL, false}, {".pdf", ANY, "a.pdf.exe", "application/x-executable", false},
		{"application/gzip", "application/gzip", "a.gz", NULL, false}, {"image/svg+xml", "image/svg+xml", "a.svg", NULL, false},
	};
	(void)state;
	CHECK(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_read_as_html_says),
		cmocka_unit_test(bytes_of_a_listed_type_are_taken_whatever_they_were_called),
		cmocka_unit_test(a_listed_name_is_taken_if_the_bytes_can_be_that),
		cmocka_unit_test(bytes_that_are_plainly_something_else_are_refused),
	};
	return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
