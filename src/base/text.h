/* Text that grows in an arena. */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Starts as {.arena = …}. */
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

/* Appends a number in decimal digits. */
void text_number(struct text *, uint64_t);

/* Appends formatted text, as printf writes it. */
void text_format(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with a list of arguments, which means nothing any more afterwards. */
void text_format_list(struct text *, const char *format, va_list) __attribute__((format(printf, 2, 0)));

/* Returns the text so far, never NULL; it lives in the text's arena until more is added. */
const char *text_string(const struct text *);

/* Returns a formatted string in the arena. */
char *text_printed(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
