/* Forwards. The body of the request is left unread: after 307 or 308 the client sends it again. */
#include "answer/forward.h"

#include <string.h>

#include "answer/next.h"
#include "answer/page.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/text.h"

/* Appends the request's query to a target, before its fragment. */
static const char *with_query(const struct exchange *exchange, const char *target)
{
	const char *query = request_variable(exchange->request, "QUERY_STRING");
	size_t before = strcspn(target, "#");
	struct text whole = {.arena = exchange->arena};
	if (!exchange->forward->query || !query)
		return target;
	text_add(&whole, target, before);
	text_put(&whole, memchr(target, '?', before) ? "&" : "?");
	escape_query(&whole, query);
	text_put(&whole, target + before);
	return whole.bytes;
}

void forward_answer(struct exchange *exchange)
{
	struct text target = {.arena = exchange->arena};
	route_fill(&target, exchange->forward->to, &exchange->captures);
	const char *uri = with_query(exchange, next_absolute(exchange, text_string(&target)));
	if (config_leads_back(exchange->config, exchange->request->root, uri, NULL, exchange->arena)) {
		diag_error("forward %s: its target %s is a thing or forward of this site again; answered 500", exchange->forward->name, uri);
		page_problem(exchange, 500, MESSAGE_SEE_LOG);
		return;
	}
	exchange_cache_for(exchange, exchange->forward->cache, exchange_host_in(exchange, uri));
	page_redirect(exchange, exchange->forward->status, uri, "");
}
