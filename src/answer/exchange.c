/* Exchanges. */
#include "answer/exchange.h"

#include <string.h>

const char *exchange_say(const struct exchange *exchange, enum message message)
{
	return message_text(exchange->catalogue, message);
}

void exchange_cache_for(struct exchange *exchange, uint64_t seconds)
{
	if (seconds)
		response_header(exchange->response, "Cache-Control", "max-age=%ju", (uintmax_t)seconds);
	else
		response_header(exchange->response, "Cache-Control", "no-cache");
}

bool exchange_by_owner(const struct exchange *exchange)
{
	const char *user = request_variable(exchange->request, "REMOTE_USER"), *owners = exchange->form->owners;
	if (!user || !owners)
		return false;
	for (size_t n; *owners; owners += n + strspn(owners + n, " \t,")) {
		n = strcspn(owners, " \t,");
		if (n == strlen(user) && memcmp(owners, user, n) == 0)
			return true;
	}
	return false;
}
