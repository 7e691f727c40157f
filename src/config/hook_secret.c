/*
 * A line that begins with "whsec_" is a key in base64, of 24 to 64 bytes as Standard Webhooks wants it. While a key is replaced, the
 * file has the old one and the new one. Another line is a token. Blank lines and lines that begin with # are skipped.
 */
#include "config/hook_secret.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

enum { FILE_MAX = 16 * 1024, KEY_MIN = 24, KEY_MAX = 64 };

static const char prefix[] = "whsec_";

static const char *read_key(struct span base64, struct hook_secrets *secrets, struct arena *arena)
{
	unsigned char *key = arena_take(arena, KEY_MAX);
	size_t n;
	if (sodium_base642bin(key, KEY_MAX, base64.bytes, base64.length, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
		n < KEY_MIN)
		return "is not whsec_ and base64 of 24 to 64 bytes";
	secrets->keys[secrets->keys_n++] = (struct span){(const char *)key, n};
	return NULL;
}

static const char *read_token(struct span token, struct hook_secrets *secrets, struct arena *arena)
{
	for (size_t i = 0; i < token.length; i++)
		if (token.bytes[i] <= ' ' || token.bytes[i] > '~')
			return "is neither a key that begins with whsec_ nor a token without blanks";
	if (secrets->token)
		return "is a second token; only keys may be several";
	secrets->token = arena_copy(arena, token.bytes, token.length);
	return NULL;
}

static const char *read_secret_line(struct span line, struct hook_secrets *secrets, struct arena *arena)
{
	size_t n = sizeof prefix - 1;
	if (!line.length || *line.bytes == '#')
		return NULL;
	if (line.length >= n && memcmp(line.bytes, prefix, n) == 0)
		return read_key((struct span){line.bytes + n, line.length - n}, secrets, arena);
	return read_token(line, secrets, arena);
}

const char *hook_secret_read(const char *path, struct hook_secrets *secrets, struct arena *arena)
{
	struct span content;
	if (file_read(path, FILE_MAX, arena, &content) < 0)
		return text_printed(arena, "%s: can't be read: %s", path, strerror(errno));
	*secrets = (struct hook_secrets){.keys = arena_take(arena, (content.length / KEY_MIN + 1) * sizeof *secrets->keys)};
	size_t number = 1;
	for (const char *c = content.bytes, *end = c + content.length; c < end; number++) {
		size_t n = (size_t)(end - c);
		const char *line_end = memchr(c, '\n', n);
		n = line_end ? (size_t)(line_end - c) : n;
		const char *wrong = read_secret_line(span_trim((struct span){c, n}), secrets, arena);
		if (wrong)
			return text_printed(arena, "%s: line %zu %s", path, number, wrong);
		c += n + 1;
	}
	if (!secrets->keys_n && !secrets->token)
		return text_printed(arena, "%s: has no secret", path);
	return NULL;
}
