/*
 * Parsing follows RFC 9651 §4.2, which is strict: a field with one mistake is ignored as a whole. Each reader takes its text at *at and
 * moves *at behind it; if it returns false, *at is undefined.
 */
#include "http/structured.h"

#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "base/utf8.h"

enum { INTEGER_DIGITS = 15, WHOLE_DIGITS = 12, FRACTION_DIGITS = 3 };

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

static bool take(const char **at, char c)
{
	bool there = **at == c;
	*at += there;
	return there;
}

static void skip_spaces(const char **at)
{
	*at += strspn(*at, " ");
}

/* §4.2.5 */
static bool string_read(const char **at, struct text *text)
{
	if (!take(at, '"'))
		return false;
	while (!take(at, '"')) {
		if (take(at, '\\') && **at != '"' && **at != '\\')
			return false;
		if (!is_printable(**at))
			return false;
		text_byte(text, *(*at)++);
	}
	return true;
}

/* §4.2.4: up to 15 digits, or up to 12 with 1 to 3 decimals; a Date has no decimals (§4.2.9). */
static bool number_take(const char **at, bool whole_only)
{
	size_t whole = 0, fraction = 0;
	for (take(at, '-'); ascii_is_digit(**at); whole++)
		++*at;
	if (!whole || whole > INTEGER_DIGITS)
		return false;
	if (whole_only || !take(at, '.'))
		return true;
	for (; ascii_is_digit(**at); fraction++)
		++*at;
	return whole <= WHOLE_DIGITS && fraction >= 1 && fraction <= FRACTION_DIGITS;
}

/* §4.2.6; the caller has checked the first character */
static bool token_take(const char **at)
{
	while (ascii_is_alphanumeric(**at) || (**at && strchr(":/!#$%&'*+-.^_`|~", **at)))
		++*at;
	return true;
}

/* §4.2.7; the padding may be missing. */
static bool bytes_take(const char **at)
{
	size_t n = 0;
	for (; ascii_is_alphanumeric(**at) || **at == '+' || **at == '/'; n++)
		++*at;
	size_t padding = strspn(*at, "=");
	*at += padding;
	return n % 4 != 1 && (!padding || (n + padding) % 4 == 0) && padding <= 2 && take(at, ':');
}

static int lower_hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit = c ? strchr(digits, c) : NULL;
	return digit ? (int)(digit - digits) : -1;
}

/* §4.2.10: UTF-8, with bytes beyond ASCII as "%" and two lower-case hexadecimal digits. */
static bool display_take(const char **at, struct arena *arena)
{
	struct text text = {.arena = arena};
	if (!take(at, '"'))
		return false;
	while (!take(at, '"')) {
		char c = **at;
		if (!is_printable(c))
			return false;
		if (c == '%') {
			int high = lower_hex((*at)[1]), low = high < 0 ? -1 : lower_hex((*at)[2]);
			if (low < 0)
				return false;
			c = (char)(high * 16 + low);
			*at += 2;
		}
		++*at;
		text_byte(&text, c);
	}
	return utf8_valid((struct span){text_string(&text), text.length});
}

/* §4.2.3.1 */
static bool bare_item_take(const char **at, struct arena *arena)
{
	struct text ignored = {.arena = arena};
	if (**at == '"')
		return string_read(at, &ignored);
	if (ascii_is_digit(**at) || **at == '-')
		return number_take(at, false);
	if (ascii_is_alphanumeric(**at) || **at == '*')
		return token_take(at);
	if (take(at, ':'))
		return bytes_take(at);
	if (take(at, '?'))
		return take(at, '0') || take(at, '1');
	if (take(at, '@'))
		return number_take(at, true);
	return take(at, '%') && display_take(at, arena);
}

/* §3.1.2, §4.2.3.2 */
static bool parameters_take(const char **at, struct arena *arena)
{
	while (take(at, ';')) {
		skip_spaces(at);
		if (!is_lower(**at) && **at != '*')
			return false;
		while (is_lower(**at) || ascii_is_digit(**at) || (**at && strchr("_-.*", **at)))
			++*at;
		if (take(at, '=') && !bare_item_take(at, arena))
			return false;
	}
	return true;
}

bool structured_string_read(const char *field, struct arena *arena, struct span *string)
{
	struct text text = {.arena = arena};
	if (!field)
		return false;
	skip_spaces(&field);
	if (!string_read(&field, &text) || !parameters_take(&field, arena))
		return false;
	skip_spaces(&field);
	*string = (struct span){text_string(&text), text.length};
	return !*field;
}
