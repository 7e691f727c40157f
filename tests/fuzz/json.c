/* A JSON body: whatever it is, what comes of it keeps to the limits and can be kept. The input is the body. */
#include "base/span.h"
#include "body/json_body.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	struct submission submission = {.arena = &arena};
	enum body_fault fault = json_body_read((struct span){(const char *)bytes, n}, &form, &submission);
	for (size_t i = 0; i < submission.n; i++)
		assert(submission.pairs[i].name.length <= form.limits.name && submission.pairs[i].value.length <= form.limits.value);
	check_submission(&submission, fault, NULL);
	arena_free(&arena);
	return 0;
}
