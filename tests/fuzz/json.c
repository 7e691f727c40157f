/*
 * A JSON body: whatever it is, what comes of it keeps to the limits and can be kept, and jansson agrees on whether it is JSON, except
 * where this program means to differ. The input is the body.
 */
#define _GNU_SOURCE /* memmem */
#include "base/span.h"
#include "body/json_body.h"

#include "fuzz.h"

static bool holds(const unsigned char *bytes, size_t n, const char *what, size_t what_n)
{
	return memmem(bytes, n, what, what_n) != NULL;
}

/* Jansson passes over NUL, and refuses what stands for more than it can hold: half a surrogate pair, large numbers, a byte order mark. */
static void compare_with_jansson(const unsigned char *bytes, size_t n, enum body_fault fault)
{
	static const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY;
	json_error_t error;
	json_t *value = json_loadb((const char *)bytes, n, flags, &error);
	if (fault == BODY_NO_JSON && value)
		assert(holds(bytes, n, "", 1) || holds(bytes, n, "]\"", 2));
	if (fault == BODY_FINE && !value)
		assert(strstr(error.text, "too big") || strstr(error.text, "overflow") || holds(bytes, n, "\\u", 2) ||
			holds(bytes, n, "\xef\xbb\xbf", 3));
	json_decref(value);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	struct submission submission = {.arena = &arena};
	enum body_fault fault = json_body_read((struct span){(const char *)bytes, n}, &form, &submission);
	compare_with_jansson(bytes, n, fault);
	for (size_t i = 0; i < submission.n; i++)
		assert(submission.pairs[i].name.length <= form.limits.name && submission.pairs[i].value.length <= form.limits.value);
	check_submission(&submission, fault, NULL);
	arena_free(&arena);
	return 0;
}
