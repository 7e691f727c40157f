/* Jansson, seeded without a file and without unchecked results. */
#include "base/json.h"

#include <sodium.h>
#include <stdbool.h>

#include "base/diag.h"

void json_begin(void)
{
	json_object_seed(randombytes_random() | 1); /* else jansson opens /dev/urandom; 0 would mean "do so" */
}

json_t *json_made(json_t *value)
{
	if (!value)
		diag_die("out of memory");
	return value;
}

/* Control characters beyond those of ASCII, which jansson lets pass, are escaped: terminals obey some of them. They are only in strings. */
static int add_dumped(const char *bytes, size_t n, void *text)
{
	size_t plain = 0;
	for (size_t i = 0; i < n; i++) {
		bool pair = (unsigned char)bytes[i] == 0xC2 && i + 1 < n && (unsigned char)bytes[i + 1] < 0xA0;
		if (!pair && bytes[i] != 0x7F)
			continue;
		text_add(text, bytes + plain, i - plain);
		i += pair;
		text_format(text, "\\u%04X", (unsigned)(unsigned char)bytes[i]);
		plain = i + 1;
	}
	text_add(text, bytes + plain, n - plain);
	return 0;
}

void json_write(struct text *text, const json_t *value, size_t flags)
{
	if (json_dump_callback(value, add_dumped, text, flags | JSON_ENCODE_ANY) < 0)
		diag_die("out of memory");
}
