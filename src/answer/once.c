/* The key of a post; the header is defined in draft-ietf-httpapi-idempotency-key-header. */
#include "answer/once.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "http/structured.h"

enum { HEADER_MAX = 255 };

static void set_key(struct once *once, const struct exchange *exchange, const struct secret *secret, enum key_kind kind, struct span name,
	const struct submission *submission)
{
	key_make(&once->key, secret, kind, name, exchange->form->name, submission);
	once->key.seconds = kind == KEY_SAME ? exchange->form->same : exchange->form->remember;
	once->keyed = true;
	once->by_token = kind == KEY_TOKEN;
}

/* Tells whether a token is valid. One that is older than keys are remembered may have come before, so it has expired. */
static bool token_valid(const struct exchange *exchange, const struct secret *secret, struct span token, time_t now, time_t *drawn)
{
	return token_read(token, secret, exchange->form->name, drawn) &&
		!store_has_passed(exchange->store, *drawn, exchange->form->remember, now);
}

/* Reads an Idempotency-Key: a string in quotes, or, as many clients send it, without quotes. */
static bool read_header(const char *header, struct arena *arena, struct span *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/+=@!$&*";
	if (!structured_string_read(header, arena, name)) {
		*name = span_trim(span_of(header));
		if (strspn(name->bytes, plain) < name->length)
			return false;
	}
	return name->length && name->length <= HEADER_MAX;
}

enum once_fault once_read(const struct exchange *exchange, const struct submission *submission, time_t now, struct once *once)
{
	const struct form *form = exchange->form;
	const char *header = request_variable(exchange->request, "HTTP_IDEMPOTENCY_KEY");
	struct span token = submission_value(submission, SUBMISSION_TOKEN), name = {0};
	*once = (struct once){0};
	if (!header && !token.length && form->key_required)
		return ONCE_NO_KEY;
	if (!header && !token.length && !form->same)
		return ONCE_FINE;
	if (header && !read_header(header, exchange->arena, &name))
		return ONCE_BAD_KEY;
	const struct secret *secret = store_secret(exchange->store, true);
	if (!secret)
		return ONCE_FAILED;
	if (token.length && token_valid(exchange, secret, token, now, &once->drawn))
		once->token = token.bytes;
	else if (token.length && !header)
		return ONCE_TOO_OLD;
	if (header) {
		set_key(once, exchange, secret, KEY_HEADER, name, submission);
	} else if (token.length) {
		set_key(once, exchange, secret, KEY_TOKEN, token, submission);
	} else {
		const char *agent = request_variable(exchange->request, "HTTP_USER_AGENT");
		name = span_of(text_printed(exchange->arena, "%s\n%s", exchange->client ? exchange->client : "", agent ? agent : ""));
		set_key(once, exchange, secret, KEY_SAME, name, submission);
	}
	return ONCE_FINE;
}

bool once_token_genuine(const struct exchange *exchange, const struct submission *submission)
{
	time_t drawn;
	struct span token = submission_value(submission, SUBMISSION_TOKEN);
	const struct secret *secret = token.length ? store_secret(exchange->store, false) : NULL;
	return secret && token_read(token, secret, exchange->form->name, &drawn);
}

const char *once_token(const struct exchange *exchange, time_t drawn)
{
	time_t now = time(NULL), longest_ago = now - (time_t)exchange->form->fastest;
	const struct secret *secret = store_secret(exchange->store, true);
	if (!secret)
		return NULL;
	if (!drawn || drawn > now)
		drawn = now;
	char *token = arena_take(exchange->arena, TOKEN_LENGTH + 1);
	token_write(token, secret, exchange->form->name, drawn > longest_ago ? drawn : longest_ago);
	return token;
}
