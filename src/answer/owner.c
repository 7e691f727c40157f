/* Tokens for owners. They name the outcome and the user, so that nobody can get one from a page that is drawn for everybody. */
#include "answer/owner.h"

#include "base/text.h"
#include "keep/token.h"

enum { DAY = 24 * 60 * 60 };

/* No form's name has a slash in it, so such a token is never one of a form. */
static const char *token_subject(const struct exchange *exchange)
{
	return text_printed(
		exchange->arena, "%s/%.*s %s", exchange->form->name, (int)exchange->id.length, exchange->id.bytes, exchange_user(exchange));
}

const char *owner_token(const struct exchange *exchange)
{
	const struct secret *secret = store_secret(exchange->store, true);
	if (!secret)
		return NULL;
	char *token = arena_take(exchange->arena, TOKEN_LENGTH + 1);
	token_write(token, secret, token_subject(exchange), time(NULL));
	return token;
}

bool owner_token_valid(const struct exchange *exchange, struct span token)
{
	time_t drawn;
	const struct secret *secret = store_secret(exchange->store, false);
	return secret && token_read(token, secret, token_subject(exchange), &drawn) && drawn + DAY > time(NULL);
}
