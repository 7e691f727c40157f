/* The style sheet of the pages, and its hash in their policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <nettle/sha2.h>
#include <sodium.h>

#include "answer/style.h"

/* If this fails after the sheet was changed, the message has what style_hash in style.c is to be. */
static void the_policy_has_the_hash_of_the_sheet(void **state)
{
	struct arena arena = {0};
	struct text page = {.arena = &arena};
	const char *policy = style_put(&page, NULL, NULL, NULL);
	const char *first = strstr(text_string(&page), "<style>") + strlen("<style>"), *end = strstr(first, "</style>");
	unsigned char hash[SHA256_DIGEST_SIZE];
	char base64[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
	struct sha256_ctx context;
	(void)state;
	sha256_init(&context);
	sha256_update(&context, (size_t)(end - first), (const unsigned char *)first);
	sha256_digest(&context, sizeof hash, hash);
	sodium_bin2base64(base64, sizeof base64, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
	if (!strstr(policy, base64))
		fail_msg("style_hash is to be \"%s\"", base64);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_policy_has_the_hash_of_the_sheet)};
	return cmocka_run_group_tests_name("style", tests, NULL, NULL);
}
