/* Percent-encoding. A NUL is never made: the result may be used as a string. */
#include "base/percent.h"

#include <string.h>

#include "base/ascii.h"

int percent_value(struct span text)
{
	int high = text.length > 2 && text.bytes[0] == '%' ? ascii_hex_value(text.bytes[1]) : -1;
	int low = high < 0 ? -1 : ascii_hex_value(text.bytes[2]);
	return low < 0 ? -1 : high * 16 + low;
}

struct span percent_decode(struct span text, struct arena *arena)
{
	if (!text.length || !memchr(text.bytes, '%', text.length))
		return text;
	char *decoded = arena_copy(arena, text.bytes, text.length);
	size_t n = 0;
	for (size_t i = 0; i < text.length; n++) {
		int value = percent_value((struct span){text.bytes + i, text.length - i});
		decoded[n] = value > 0 ? (char)value : text.bytes[i];
		i += value > 0 ? 3 : 1;
	}
	decoded[n] = '\0';
	return (struct span){decoded, n};
}
