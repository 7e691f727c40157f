/* Labels of encodings, as browsers know them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/span.h"
#include "http/encoding.h"

static void labels_stand_for_encodings(void **state)
{
	static const struct { const char *label, *name; } rows[] = {
		{"utf-8", "UTF-8"}, {"UTF8", "UTF-8"}, {" latin1 ", "windows-1252"}, {"ISO-8859-1", "windows-1252"}, {"ascii", "windows-1252"},
		{"windows-1252", "windows-1252"}, {"iso-8859-15", "ISO-8859-15"}, {"GB2312", "GBK"}, {"gb18030", "gb18030"}, {"sjis", "Shift_JIS"},
		{"x-sjis", "Shift_JIS"}, {"ks_c_5601-1987", "EUC-KR"}, {"big5-hkscs", "Big5"}, {"latin5", "windows-1254"}, {"utf-16", "UTF-16LE"},
		{"iso-8859-8-i", "ISO-8859-8-I"}, {"koi8-r", "KOI8-R"},
		/* Charsets of iconv's that no page of the web is in, and orders to it. */
		{"", NULL}, {"utf-7", NULL}, {"ibm037", NULL}, {"iso-2022-kr", NULL}, {"hz-gb-2312", NULL}, {"x-user-defined", NULL},
		{"latin1//TRANSLIT", NULL}, {"latin1 l2", NULL}, {"latin", NULL}, {"utf-32", NULL}, {"iso-8859-16 ", "ISO-8859-16"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *name = encoding_find(span_of(rows[i].label));
		if (!rows[i].name)
			assert_null(name);
		else
			assert_string_equal(name, rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_stand_for_encodings),
	};
	return cmocka_run_group_tests_name("encoding", tests, NULL, NULL);
}
