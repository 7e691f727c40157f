/* A store that is filled by one call and wiped as it is used. */
#include "base/random.h"

#include <sodium.h>
#include <string.h>

void random_take(unsigned char *bytes, size_t n)
{
	static unsigned char store[160];
	static size_t left;
	if (left < n) {
		randombytes_buf(store, sizeof store);
		left = sizeof store;
	}
	left -= n;
	memcpy(bytes, store + left, n);
	sodium_memzero(store + left, n);
}
