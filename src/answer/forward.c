/* Forwards. The body of the request is left unread: after 307 or 308 the client sends it again. */
#include "answer/forward.h"

#include <string.h>

#include "answer/next.h"
#include "answer/page.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/text.h"

void forward_answer(struct exchange *exchange)
{
	struct text target = {.arena = exchange->arena};
	route_fill(&target, exchange->forward->to, &exchange->captures);
	const char *uri = next_with_query(exchange, next_absolute(exchange, text_string(&target)), exchange->forward->query);
	if (config_leads_back(exchange->config, exchange->request->root, uri, NULL, exchange->arena)) {
		diag_error(
			"forward %s: its target %s is a thing or forward of this site again; answered 500", exchange->forward->name, uri);
		page_problem(exchange, 500, MESSAGE_SEE_LOG);
		return;
	}
	exchange_cache_for(exchange, exchange->forward->cache, exchange_host_in(exchange, uri));
	page_redirect(exchange, exchange->forward->status, uri, "");
}
