/* Secrets of webhooks: the file that a task's secret_file names. */
#ifndef HOOK_SECRET_H
#define HOOK_SECRET_H

#include <stddef.h>

#include "base/arena.h"
#include "base/span.h"

/* The bytes of keys that sign (Standard Webhooks), and a token for Authorization: Bearer (RFC 6750), or NULL. */
struct hook_secrets {
	struct span *keys;
	size_t keys_n;
	const char *token;
};

/* Reads the file into the arena. Gives NULL, or what is wrong with it, which quotes none of it. */
const char *hook_secret_read(const char *path, struct hook_secrets *, struct arena *);

#endif
