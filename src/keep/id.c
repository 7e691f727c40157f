/*
 * An id is 18 bytes: 10 random ones, then day (2), node (1) and offset (5), big endian and masked with SipHash-2-4 of the first
 * ten bytes under a key derived from the secret. So an id does not tell how many there are, and a look-up is one pread. An id
 * that can be read proves nothing: the line at its place must repeat it. It is written in base32 (RFC 4648 §6), in lower case,
 * without padding; the last character has one spare bit, which is 0.
 */
#include "keep/id.h"

#include <sodium.h>
#include <string.h>

#include "base/random.h"
#include "base/span.h"

enum { PLACE_BYTES = 8, ID_BYTES = ID_RANDOM + PLACE_BYTES };

_Static_assert(SECRET_KEY_BYTES == crypto_shorthash_KEYBYTES, "the key is for crypto_shorthash");
_Static_assert(PLACE_BYTES == crypto_shorthash_BYTES, "the mask covers the place");

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

void id_random(unsigned char random[ID_RANDOM])
{
	random_take(random, ID_RANDOM);
}

static void mask(unsigned char bytes[ID_BYTES], const struct secret *secret)
{
	unsigned char key[SECRET_KEY_BYTES], hash[PLACE_BYTES];
	secret_key(secret, SECRET_FOR_IDS, key);
	crypto_shorthash(hash, bytes, ID_RANDOM, key);
	for (size_t i = 0; i < PLACE_BYTES; i++)
		bytes[ID_RANDOM + i] ^= hash[i];
}

void id_write(char id[ID_LENGTH + 1], const struct secret *secret, const unsigned char random[ID_RANDOM], struct place place)
{
	unsigned char bytes[ID_BYTES + 1] = {0};
	memcpy(bytes, random, ID_RANDOM);
	uint64_t packed = (uint64_t)place.day << 48 | (uint64_t)place.node << 40 | place.offset;
	for (size_t i = 0; i < PLACE_BYTES; i++)
		bytes[ID_RANDOM + i] = (unsigned char)(packed >> (8 * (PLACE_BYTES - 1 - i)));
	mask(bytes, secret);
	for (size_t i = 0; i < ID_LENGTH; i++) {
		unsigned pair = (unsigned)bytes[i * 5 / 8] << 8 | bytes[i * 5 / 8 + 1];
		id[i] = alphabet[pair >> (11 - i * 5 % 8) & 31];
	}
	id[ID_LENGTH] = '\0';
}

bool id_read(struct span id, const struct secret *secret, struct place *place)
{
	unsigned char bytes[ID_BYTES + 1] = {0};
	if (id.length != ID_LENGTH)
		return false;
	for (size_t i = 0; i < ID_LENGTH; i++) {
		const char *letter = id.bytes[i] ? strchr(alphabet, id.bytes[i]) : NULL;
		if (!letter)
			return false;
		unsigned pair = (unsigned)(letter - alphabet) << (11 - i * 5 % 8);
		bytes[i * 5 / 8] |= (unsigned char)(pair >> 8);
		bytes[i * 5 / 8 + 1] |= (unsigned char)pair;
	}
	if (bytes[ID_BYTES])
		return false;
	mask(bytes, secret);
	uint64_t packed = 0;
	for (size_t i = 0; i < PLACE_BYTES; i++)
		packed = packed << 8 | bytes[ID_RANDOM + i];
	*place = (struct place){(uint16_t)(packed >> 48), (uint8_t)(packed >> 40), packed & (ID_OFFSET_END - 1)};
	return true;
}

bool id_is_of(struct span id, const struct secret *secret, const char *node)
{
	struct place place;
	return id_read(id, secret, &place) && place.node == id_node(node);
}

uint8_t id_node(const char *name)
{
	static const unsigned char key[crypto_shorthash_KEYBYTES];
	unsigned char hash[crypto_shorthash_BYTES];
	if (!*name)
		return 0;
	crypto_shorthash(hash, (const unsigned char *)name, strlen(name), key);
	return hash[0] ? hash[0] : 1;
}
