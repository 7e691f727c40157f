/* CORS headers. They depend on the Origin header, so the answer varies with it. */
#include "answer/cors.h"

#include <string.h>

#include "base/text.h"
#include "http/origin.h"

const char *cors_origin(const struct exchange *exchange, const char *url)
{
	struct origin origin;
	const char *rest;
	struct text written = {.arena = exchange->arena};
	if (!origin_read(url, &origin, &rest))
		return NULL;
	origin_write(&written, &origin);
	return written.bytes;
}

bool cors_lists(const struct form *form, const char *origin)
{
	const struct words *origins = &form->origins;
	for (size_t i = 0; i < origins->n; i++)
		if (strcmp(origins->words[i], "*") == 0 || (origin && strcmp(origins->words[i], origin) == 0))
			return true;
	return false;
}

void cors_share(struct exchange *exchange)
{
	struct response *response = exchange->response;
	const char *header = request_variable(exchange->request, "HTTP_ORIGIN");
	if (!exchange->form->origins.n)
		return;
	response_vary(response, "Origin");
	const char *origin = header ? cors_origin(exchange, header) : NULL;
	if (!origin || !cors_lists(exchange->form, origin))
		return;
	response_header(response, "Access-Control-Allow-Origin", "%s", origin);
	if (exchange->request->method != METHOD_OPTIONS) {
		response_header(response, "Access-Control-Expose-Headers", "Location, Retry-After");
	} else if (request_variable(exchange->request, "HTTP_ACCESS_CONTROL_REQUEST_METHOD")) {
		response_header(response, "Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE");
		response_header(response, "Access-Control-Allow-Headers", "Content-Type, Idempotency-Key, Prefer");
		response_header(response, "Access-Control-Max-Age", "600");
	}
}
