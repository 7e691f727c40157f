/* Cells of CSV. What a visitor wrote must stay text in a spreadsheet, which takes some texts for formulas and runs them. */
#include "keep/csv.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"

/* Gives the length of the character that begins a formula in some spreadsheet, full-width ones included; 0 if none begins here. */
static size_t formula_start(struct span value)
{
	static const char *const starts[] = {"=", "@", "+", "-", "\xEF\xBC\x9D", "\xEF\xBC\xA0", "\xEF\xBC\x8B", "\xEF\xBC\x8D"};
	for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
		size_t n = strlen(starts[i]);
		if (value.length >= n && memcmp(value.bytes, starts[i], n) == 0)
			return n;
	}
	return 0;
}

/* Tells whether a spreadsheet may take a text for a formula; a number with a sign, such as that of a telephone, is none. */
static bool is_formula(struct span value)
{
	while (value.length && strchr(" \"", *value.bytes)) /* some drop these first */
		value = (struct span){value.bytes + 1, value.length - 1};
	size_t n = formula_start(value);
	if (!n || value.bytes[n - 1] == '=' || value.bytes[n - 1] == '@' || n > 1)
		return n > 0;
	for (size_t i = n; i < value.length; i++)
		if (!ascii_is_digit(value.bytes[i]) && !strchr(" ().,/-", value.bytes[i]))
			return true;
	return false;
}

/* Gives the length of what comes before the next byte at which a reader may part cells that is set up otherwise. */
static size_t cell_part(struct span value)
{
	size_t n = 0;
	while (n < value.length && !strchr(";\t\n\r", value.bytes[n]))
		n++;
	return n;
}

/* Appends a text with its quotes doubled, and U+FFFD for control characters that may not stand in a file of text. */
static void put_quoted(struct text *row, struct span text)
{
	for (size_t i = 0; i < text.length; i++) {
		const unsigned char c = (unsigned char)text.bytes[i];
		bool pair = c == 0xC2 && i + 1 < text.length && (unsigned char)text.bytes[i + 1] >= 0x80 &&
			(unsigned char)text.bytes[i + 1] < 0xA0;
		if (pair || c == 0x7F || (c < ' ' && !strchr("\t\n\r", c ? c : 1)))
			text_put(row, "\xEF\xBF\xBD");
		else
			text_add(row, c == '"' ? "\"\"" : text.bytes + i, c == '"' ? 2 : 1);
		i += pair;
	}
}

void csv_put_cell(struct text *row, struct span value)
{
	text_put(row, row->length ? ",\"" : "\"");
	if (value.length && strchr("\t\r", *value.bytes))
		text_byte(row, '\'');
	while (value.length) {
		size_t n = cell_part(value), parted = n < value.length;
		struct span part = {value.bytes, n};
		text_put(row, is_formula(part) ? "'" : "");
		put_quoted(row, (struct span){value.bytes, n + parted});
		value = (struct span){value.bytes + n + parted, value.length - n - parted};
	}
	text_byte(row, '"');
}
