/* Bytes: spans of them, text that grows in an arena, numbers, UTF-8. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Borrowed bytes, which may hold NUL; in an arena there is a NUL behind them too. */
struct span {
	const char *bytes;
	size_t length;
};

/* Text that grows in its arena. Starts as {.arena = …}. */
struct text {
	struct arena *arena;
	char *bytes; /* always ends in a NUL that length does not count; NULL while nothing was added */
	size_t length, room;
};

/* Appends n bytes. */
void text_add(struct text *, const char *bytes, size_t n);

/* Appends one byte. */
void text_byte(struct text *, char);

/* Appends a string. */
void text_put(struct text *, const char *string);

/* Appends as printf does. */
void text_format(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives what was added so far, never NULL, in the text's arena. */
const char *text_string(const struct text *);

/* Gives a formatted string in the arena. */
char *text_printed(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives the span of a string. */
struct span span_of(const char *string);

/* Tells whether the span holds just that string. */
bool span_is(struct span, const char *string);

/* Tells whether two spans hold the same, ASCII letters' case aside. */
bool span_same(struct span, struct span);

/* Gives what stands before the first such byte; all of the span where there is none. */
struct span span_before(struct span, char);

/* Gives the span without the white space at both ends (space, tab, CR, LF). */
struct span span_trim(struct span);

/* Tells whether the byte is an ASCII letter or digit. */
bool is_alphanumeric(char);

/* Tells whether the byte is an ASCII digit. */
bool is_digit(char);

/* Gives the value of a hexadecimal digit, or -1 where the byte is none. */
int hex_value(char);

/* Reads a whole string of decimal digits, at most max; false where it is anything else. */
bool number_read(const char *digits, uint64_t max, uint64_t *number);

/* Gives the length of the valid UTF-8 sequence at the start, or 0. */
size_t utf8_sequence(const char *bytes, size_t n);

/* Tells whether all of the span is valid UTF-8. */
bool utf8_valid(struct span);

/* Appends the bytes with each maximal ill-formed part made U+FFFD (WHATWG Encoding, "UTF-8 decode without BOM"). */
void utf8_repair(struct text *, const char *bytes, size_t n);

/* Gives the number of characters in valid UTF-8, a CR LF counted as one. */
size_t utf8_characters(struct span);

/* Likewise as HTML's minlength counts them, in units of UTF-16: a character beyond U+FFFF is two. */
size_t utf8_units(struct span);

#endif
