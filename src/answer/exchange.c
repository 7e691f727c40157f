/* Exchanges. */
#include "answer/exchange.h"

#include <string.h>

#include "base/text.h"

const char *exchange_say(const struct exchange *exchange, enum message message)
{
	return message_text(exchange->catalogue, message);
}

bool exchange_host_in(const struct exchange *exchange, const char *uri)
{
	const char *root = exchange->request->root;
	size_t origin = (size_t)(strstr(root, "://") + 3 - root);
	origin += strcspn(root + origin, "/");
	return !exchange->config->base && strncmp(uri, root, origin) == 0;
}

void exchange_cache_for(struct exchange *exchange, uint64_t seconds, bool private)
{
	const char *who = private ? "private, " : "";
	if (seconds)
		response_header(exchange->response, "Cache-Control", "%smax-age=%ju", who, (uintmax_t)seconds);
	else
		response_header(exchange->response, "Cache-Control", "%sno-cache", who);
}

const char *exchange_outcome_uri(const struct exchange *exchange)
{
	return text_printed(
		exchange->arena, "%s/%s/%.*s", exchange->request->root, exchange->form->name, (int)exchange->id.length, exchange->id.bytes);
}

/*
 * REMOTE_USER alone proves nothing: nginx fills it from any Authorization header, without a look at the password. A server that has
 * authenticated the user sets AUTH_TYPE as well (RFC 3875 §4.1.1).
 */
const char *exchange_user(const struct exchange *exchange)
{
	return request_variable(exchange->request, "AUTH_TYPE") ? request_variable(exchange->request, "REMOTE_USER") : NULL;
}

static bool is_listed_user(const char *users, const char *user)
{
	for (size_t n; users && *users; users += n + strspn(users + n, " \t,")) {
		n = strcspn(users, " \t,");
		if (n == strlen(user) && memcmp(users, user, n) == 0)
			return true;
	}
	return false;
}

bool exchange_owns(const struct exchange *exchange, const struct form *form)
{
	const char *user = exchange_user(exchange);
	return user && (is_listed_user(form->owners, user) || is_listed_user(exchange->config->owners, user));
}

bool exchange_by_owner(const struct exchange *exchange)
{
	return exchange_owns(exchange, exchange->form);
}
