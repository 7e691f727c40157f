/* Most requests need no id: it is made when it is first asked for, so that they do without the system call for random bytes. */
#include "http/request_id.h"

#include <sodium.h>
#include <string.h>

enum { TAKEN_MOST = 128, MADE = 16 };

static bool is_request_id(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:=+/@-");
	return n > 0 && n <= TAKEN_MOST && !text[n];
}

void request_id_take(struct request *request, const struct address_range *proxies, size_t n)
{
	const char *peer = n ? request_variable(request, "REMOTE_ADDR") : NULL;
	const char *id = peer ? request_variable(request, "HTTP_X_REQUEST_ID") : NULL;
	if (id && is_request_id(id) && address_trusted(peer, NULL, proxies, n))
		request->id = id;
}

const char *request_id_of(struct request *request)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	static unsigned char store[16 * MADE]; /* for many ids by one system call */
	static size_t left;
	char made[MADE];
	if (request->id)
		return request->id;
	if (left == 0) {
		randombytes_buf(store, sizeof store);
		left = sizeof store;
	}
	for (size_t i = 0; i < MADE; i++)
		made[i] = alphabet[store[--left] & 31];
	return request->id = arena_copy(request->arena, made, sizeof made);
}
