/* Jansson, seeded without a file and without unchecked results. */
#include "base/json.h"

#include <sodium.h>

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

static int add_dumped(const char *bytes, size_t n, void *text)
{
	text_add(text, bytes, n);
	return 0;
}

void json_write(struct text *text, const json_t *value, size_t flags)
{
	if (json_dump_callback(value, add_dumped, text, flags) < 0)
		diag_die("out of memory");
}
