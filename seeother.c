/*
 * The story of one request, from top to bottom: is the program in order, whose address is it, which resource does
 * the path name, does that take the method; then the resource answers. A path is empty or /, /FORM, /FORM/ID,
 * /FORM/ID/status, /FORM/ID/result or /FORM/ID/files/N/NAME, or that of a thing or forward.
 */
#include "base/span.h"
#include "seeother.h"

#include <string.h>

#include "answer/exchange.h"
#include "answer/form.h"
#include "answer/forward.h"
#include "answer/guard.h"
#include "answer/index.h"
#include "answer/outcome.h"
#include "answer/outcome_file.h"
#include "answer/page.h"
#include "answer/status.h"
#include "answer/thing.h"
#include "base/diag.h"
#include "http/address.h"
#include "http/language.h"
#include "http/response.h"
#include "task/wake.h"

/* What a path names: by the number of its segments, and the word that one of them must be. */
static const struct resource {
	int segments;
	const char *third; /* or NULL */
	unsigned methods;
	void (*answer)(struct exchange *);
} resources[] = {
	{0, NULL, METHOD_GET | METHOD_HEAD | METHOD_OPTIONS, index_answer},
	{1, NULL, METHOD_GET | METHOD_HEAD | METHOD_POST | METHOD_OPTIONS, form_answer},
	{2, NULL, METHOD_GET | METHOD_HEAD | METHOD_POST | METHOD_DELETE | METHOD_OPTIONS, outcome_answer},
	{3, "status", METHOD_GET | METHOD_HEAD | METHOD_POST | METHOD_DELETE | METHOD_OPTIONS, status_answer},
	{3, "result", METHOD_GET | METHOD_HEAD | METHOD_OPTIONS, result_answer},
	{5, "files", METHOD_GET | METHOD_HEAD | METHOD_OPTIONS, outcome_file_answer},
};

/* What the routes of config.ini lead to; their segments are not looked at. */
static const struct resource thing_resource = {0, NULL, METHOD_GET | METHOD_HEAD | METHOD_OPTIONS, thing_answer};

static const struct resource forward_resource = {0, NULL,
	METHOD_GET | METHOD_HEAD | METHOD_POST | METHOD_PUT | METHOD_PATCH | METHOD_DELETE | METHOD_OPTIONS, forward_answer};

enum { RESOURCES = sizeof resources / sizeof *resources, SEGMENTS_MAX = 5, NOT_OURS = -1 };

/* Tells whether the program can work at all, and answers 500 where it can't; the error log says why. */
static bool in_order(struct site *site, struct exchange *exchange)
{
	if (site->config && !site_exposed(site, request_variable(exchange->request, "DOCUMENT_ROOT")))
		return true;
	page_problem(exchange, 500, MESSAGE_SEE_LOG);
	return false;
}

/* Makes sure that absolute URIs can be made, before anything is kept that needs one. */
static bool has_root(struct exchange *exchange)
{
	switch (request_root(exchange->request, exchange->config->base)) {
	case ROOT_KNOWN:
		return true;
	case ROOT_BAD_HOST:
		page_problem(exchange, 400, MESSAGE_BAD_HOST);
		return false;
	case ROOT_UNKNOWN:
		break;
	}
	diag_error("neither base in %s, nor HTTP_HOST, nor SERVER_NAME and SERVER_PORT say where this site is", exchange->config->file);
	page_problem(exchange, 500, MESSAGE_SEE_LOG);
	return false;
}

/* Parts the path at its slashes; gives the number of segments, or NOT_OURS where it can't be one that is known. */
static int split(const char *path, struct span segments[SEGMENTS_MAX])
{
	int n = 0;
	if (strcmp(path, "/") == 0)
		return 0;
	while (*path == '/') {
		size_t length = strcspn(++path, "/");
		if (length == 0 || n == SEGMENTS_MAX)
			return NOT_OURS;
		segments[n++] = (struct span){path, length};
		path += length;
	}
	return *path ? NOT_OURS : n;
}

static const struct resource *resource_of(const struct span *segments, int n)
{
	for (size_t i = 0; i < RESOURCES; i++)
		if (n == resources[i].segments && (!resources[i].third || span_is(segments[2], resources[i].third)))
			return &resources[i];
	return NULL;
}

/* Chooses the language of the answer (RFC 9110 §12.5.4). */
static void choose_language(struct site *site, struct exchange *exchange, const struct words *languages)
{
	int choice = 0;
	if (languages->n > 1) {
		response_vary(exchange->response, "Accept-Language");
		choice = language_choose(request_variable(exchange->request, "HTTP_ACCEPT_LANGUAGE"), languages->words, languages->n);
	}
	exchange->catalogue = site_catalogue(site, languages->words[choice]);
}

/* Finds what the path names and fills the exchange with it; NULL where it names nothing. */
static const struct resource *find(struct exchange *exchange)
{
	struct span segments[SEGMENTS_MAX] = {{0}};
	const char *path = exchange->request->path;
	int n = split(path, segments);
	exchange->form = n > 0 ? config_form(exchange->config, segments[0]) : NULL;
	exchange->id = segments[1];
	exchange->number = segments[3];
	exchange->name = segments[4];
	if (n == 0 || exchange->form)
		return resource_of(segments, n);
	if ((exchange->thing = config_thing(exchange->config, path, &exchange->captures)))
		return &thing_resource;
	return (exchange->forward = config_forward(exchange->config, path, &exchange->captures)) ? &forward_resource : NULL;
}

static void answer_with(const struct resource *resource, struct exchange *exchange)
{
	struct response *response = exchange->response;
	if (exchange->form)
		guard_share(exchange);
	if (!(exchange->request->method & resource->methods)) {
		response_header(response, "Allow", "%s", request_methods(exchange->arena, resource->methods));
		page_problem(exchange, 405, MESSAGE_METHOD_UNKNOWN_HERE);
	} else if (exchange->request->method == METHOD_OPTIONS) {
		response->status = 204;
		response_header(response, "Allow", "%s", request_methods(exchange->arena, resource->methods));
	} else {
		resource->answer(exchange);
	}
}

static void answer(struct site *site, struct exchange *exchange)
{
	if (exchange->request->method == METHOD_UNKNOWN) {
		page_problem(exchange, 501, MESSAGE_METHOD_UNKNOWN);
		return;
	}
	if (!in_order(site, exchange) || !has_root(exchange))
		return;
	exchange->client = address_client(request_variable(exchange->request, "REMOTE_ADDR"),
		request_variable(exchange->request, "HTTP_X_FORWARDED_FOR"), site->config->proxies.ranges, site->config->proxies.n, exchange->arena);
	const struct resource *resource = find(exchange);
	choose_language(site, exchange, exchange->form ? &exchange->form->languages : &exchange->config->languages);
	if (resource)
		answer_with(resource, exchange);
	else
		page_problem(exchange, 404, MESSAGE_NO_ADDRESS);
}

void seeother_answer(struct site *site, struct arena *arena, const struct transport *transport)
{
	struct request request;
	struct response response;
	arena_reset(arena);
	request_begin(&request, arena, transport);
	response_begin(&response, arena);
	struct exchange exchange = {
		.arena = arena,
		.request = &request,
		.response = &response,
		.config = site->config,
		.store = site->store,
		.maps = site->maps,
		.catalogue = &message_english,
	};
	answer(site, &exchange);
	if (exchange.has_work)
		wake(site->config); /* before it answers: a web server may end a CGI process as soon as it has the whole answer */
	response_send(&response, &request);
}
