/* A token is base64url of 5 bytes of time (big endian), 11 random bytes, and a keyed hash of both and the form's name. */
#include "keep/token.h"

#include <sodium.h>
#include <string.h>

#include "base/random.h"

enum { TIME = 5, RANDOM = 11, HASH = 16, BYTES = TIME + RANDOM + HASH };

static void hash_write(unsigned char hash[HASH], const unsigned char bytes[BYTES], const struct secret *secret, const char *form)
{
	unsigned char key[SECRET_KEY_BYTES];
	crypto_generichash_state state;
	secret_key(secret, SECRET_FOR_TOKENS, key);
	crypto_generichash_init(&state, key, sizeof key, HASH);
	crypto_generichash_update(&state, bytes, TIME + RANDOM);
	crypto_generichash_update(&state, (const unsigned char *)form, strlen(form));
	crypto_generichash_final(&state, hash, HASH);
}

void token_write(char token[TOKEN_LENGTH + 1], const struct secret *secret, const char *form, time_t now)
{
	unsigned char bytes[BYTES];
	for (size_t i = 0; i < TIME; i++)
		bytes[i] = (unsigned char)((uint64_t)now >> (8 * (TIME - 1 - i)));
	random_take(bytes + TIME, RANDOM);
	hash_write(bytes + TIME + RANDOM, bytes, secret, form);
	sodium_bin2base64(token, TOKEN_LENGTH + 1, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool token_read(struct span token, const struct secret *secret, const char *form, time_t *drawn)
{
	unsigned char bytes[BYTES], hash[HASH];
	size_t n;
	if (token.length != TOKEN_LENGTH ||
		sodium_base642bin(
			bytes, sizeof bytes, token.bytes, token.length, NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
		n != sizeof bytes)
		return false;
	hash_write(hash, bytes, secret, form);
	if (sodium_memcmp(hash, bytes + TIME + RANDOM, HASH) != 0)
		return false;
	uint64_t seconds = 0;
	for (size_t i = 0; i < TIME; i++)
		seconds = seconds << 8 | bytes[i];
	*drawn = (time_t)seconds;
	return true;
}
