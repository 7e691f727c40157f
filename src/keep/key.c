/* Makes and writes idempotency keys. Each piece is hashed after its length, so that no two lists of pieces give the same bytes. */
#include "keep/key.h"

#include <sodium.h>
#include <string.h>

_Static_assert(KEY_NAME >= crypto_generichash_BYTES_MIN, "a hash of that size can be made");

/* Hashes a number in 8 bytes, the lowest first, so that a data folder can move between machines. */
static void add_number(crypto_generichash_state *state, uint64_t n)
{
	unsigned char bytes[sizeof n];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(n >> 8 * i);
	crypto_generichash_update(state, bytes, sizeof bytes);
}

static void add(crypto_generichash_state *state, struct span span)
{
	add_number(state, span.length);
	crypto_generichash_update(state, (const unsigned char *)span.bytes, span.length);
}

/* Hashes all that was sent except the token, in its order; of a file its name and its content's hash. The number of fields comes first, to tell fields from files. */
static void add_content(crypto_generichash_state *state, const struct submission *submission)
{
	uint64_t n = 0;
	for (size_t i = 0; i < submission->n; i++)
		n += !span_is(submission->pairs[i].name, SUBMISSION_TOKEN);
	add_number(state, n);
	for (size_t i = 0; i < submission->n; i++) {
		if (span_is(submission->pairs[i].name, SUBMISSION_TOKEN))
			continue;
		add(state, submission->pairs[i].name);
		add(state, submission->pairs[i].value);
	}
	for (const struct posted_file *file = submission->files; file; file = file->next) {
		add(state, file->field);
		add(state, file->filename);
		add(state, span_of(file->sha256 ? file->sha256 : "")); /* a file that was too large has no hash */
	}
}

void key_make(struct key *key, const struct secret *secret, enum key_kind kind, struct span name, const char *form,
	const struct submission *submission)
{
	unsigned char hashing[SECRET_KEY_BYTES], content[crypto_generichash_BYTES], as_byte = (unsigned char)kind;
	crypto_generichash_state state;
	secret_key(secret, SECRET_FOR_KEYS, hashing);
	crypto_generichash_init(&state, hashing, sizeof hashing, sizeof content);
	add_content(&state, submission);
	crypto_generichash_final(&state, content, sizeof content);
	crypto_generichash_init(&state, hashing, sizeof hashing, sizeof key->name);
	add(&state, (struct span){(const char *)&as_byte, 1});
	add(&state, span_of(form));
	add(&state, name);
	if (kind == KEY_SAME)
		add(&state, (struct span){(const char *)content, sizeof content});
	crypto_generichash_final(&state, key->name, sizeof key->name);
	memcpy(key->content, content, sizeof key->content);
}

void key_write(const struct key *key, char text[KEY_TEXT + 1])
{
	unsigned char bytes[KEY_NAME + KEY_CONTENT];
	memcpy(bytes, key->name, KEY_NAME);
	memcpy(bytes + KEY_NAME, key->content, KEY_CONTENT);
	sodium_bin2base64(text, KEY_TEXT + 1, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool key_read(struct span text, struct key *key)
{
	unsigned char bytes[KEY_NAME + KEY_CONTENT];
	size_t n;
	*key = (struct key){0};
	if (text.length != KEY_TEXT ||
		sodium_base642bin(bytes, sizeof bytes, text.bytes, text.length, NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) !=
			0 ||
		n != sizeof bytes)
		return false;
	memcpy(key->name, bytes, KEY_NAME);
	memcpy(key->content, bytes + KEY_NAME, KEY_CONTENT);
	return true;
}
