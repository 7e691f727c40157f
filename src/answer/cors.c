/* CORS headers. They depend on the Origin header, so the answer varies with it. */
#include "answer/cors.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "http/media.h"
#include "http/origin.h"

const char *cors_origin(const struct exchange *exchange, const char *url)
{
	struct origin origin;
	const char *rest;
	struct text written = {.arena = exchange->arena};
	if (origin_read(url, &origin, &rest))
		origin_write(&written, &origin);
	else if (!origin_app_write(&written, url))
		return NULL;
	return text_string(&written);
}

bool cors_lists(const struct form *form, const char *origin)
{
	const struct words *origins = &form->origins;
	for (size_t i = 0; i < origins->n; i++)
		if (strcmp(origins->words[i], "*") == 0 || (origin && strcmp(origins->words[i], origin) == 0))
			return true;
	return false;
}

/* Tells whether a text is a list of header names, with commas, as browsers send it. */
static bool is_list_of_names(const char *text)
{
	size_t length;
	for (; *(text += strspn(text, " ,")); text += length) {
		length = strcspn(text, " ,");
		if (!media_is_token((struct span){text, length}))
			return false;
	}
	return true;
}

/* Answers a preflight: the headers that the script wants to send are allowed, whatever its library adds (htmx's HX-Request). */
static void answer_preflight(struct exchange *exchange, const char *methods)
{
	struct response *response = exchange->response;
	const char *asked = request_variable(exchange->request, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS");
	if (!request_variable(exchange->request, "HTTP_ACCESS_CONTROL_REQUEST_METHOD"))
		return;
	response_header(response, "Access-Control-Allow-Methods", "%s", methods);
	response_header(response, "Access-Control-Allow-Headers", "Content-Type, Idempotency-Key, Prefer%s%s",
		asked && is_list_of_names(asked) ? ", " : "", asked && is_list_of_names(asked) ? asked : "");
	response_header(response, "Access-Control-Max-Age", "600");
	response_vary(response, "Access-Control-Request-Headers");
}

void cors_share(struct exchange *exchange)
{
	struct response *response = exchange->response;
	const char *header = request_variable(exchange->request, "HTTP_ORIGIN");
	if (!exchange->form->origins.n)
		return;
	response_vary(response, "Origin");
	const char *origin = header ? cors_origin(exchange, header) : NULL;
	if (!header || !cors_lists(exchange->form, origin))
		return;
	response_header(response, "Access-Control-Allow-Origin", "%s", origin ? origin : "*"); /* a "*" lists also "null" */
	if (exchange->request->method != METHOD_OPTIONS)
		response_header(response, "Access-Control-Expose-Headers", "Location, Link, Retry-After");
	else
		answer_preflight(exchange, "GET, HEAD, POST, DELETE");
}

void cors_share_with_all(struct exchange *exchange)
{
	unsigned method = exchange->request->method;
	if (!(method & (METHOD_GET | METHOD_HEAD | METHOD_OPTIONS)))
		return;
	response_header(exchange->response, "Access-Control-Allow-Origin", "*");
	if (method != METHOD_OPTIONS)
		response_header(exchange->response, "Access-Control-Expose-Headers", "Location, Link");
	else
		answer_preflight(exchange, "GET, HEAD");
}
