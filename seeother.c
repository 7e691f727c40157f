/*
 * The story of one request, from top to bottom: check that the program can work, find out under which address it was called and by
 * whom, find the resource that the path names, check the method, and let the resource answer.
 */
#include "seeother.h"

#include <string.h>

#include "answer/cancel.h"
#include "answer/cors.h"
#include "answer/exchange.h"
#include "answer/form_page.h"
#include "answer/forward.h"
#include "answer/health.h"
#include "answer/index.h"
#include "answer/outcome.h"
#include "answer/outcome_file.h"
#include "answer/page.h"
#include "answer/post.h"
#include "answer/problems.h"
#include "answer/result.h"
#include "answer/status.h"
#include "answer/thing.h"
#include "answer/withdraw.h"
#include "base/date.h"
#include "base/diag.h"
#include "config/exposure.h"
#include "config/forms.h"
#include "desk/desk.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"
#include "http/forwarded.h"
#include "http/language.h"
#include "http/request_id.h"
#include "http/request_path.h"
#include "http/response.h"
#include "task/worker_start.h"

enum { SEGMENTS_MAX = 5, NOT_A_PATH = -1, READ = METHOD_GET | METHOD_HEAD };

/* What a path of so many segments stands for, and who answers which of its methods. */
static const struct resource {
	const char *route; /* in the access log */
	int segments;
	const char *third; /* what the third segment must be, or NULL */
	const char *query; /* what the query must be, or NULL: whatever it is */
	unsigned methods;
	void (*answer)(struct exchange *);
} resources[] = {
	{"problems", 0, NULL, "problems", READ, problems_answer},                  /* /?problems */
	{"index", 0, NULL, NULL, READ, index_answer},                              /* / */
	{"form", 1, NULL, NULL, READ, form_page_answer},                           /* /FORM */
	{"form", 1, NULL, NULL, METHOD_POST, post_answer},                         /* the same */
	{"outcome", 2, NULL, "withdraw", READ, withdraw_page_answer},              /* /FORM/ID?withdraw */
	{"outcome", 2, NULL, NULL, READ, outcome_answer},                          /* /FORM/ID */
	{"outcome", 2, NULL, NULL, METHOD_POST | METHOD_DELETE, withdraw_answer},  /* the same */
	{"status", 3, "status", NULL, READ, status_answer},                        /* /FORM/ID/status */
	{"status", 3, "status", NULL, METHOD_POST | METHOD_DELETE, cancel_answer}, /* the same */
	{"result", 3, "result", NULL, READ, result_answer},                        /* /FORM/ID/result */
	{"file", 5, "files", NULL, READ, outcome_file_answer},                     /* /FORM/ID/files/N/NAME */
};

enum { RESOURCES = sizeof resources / sizeof *resources };

/* What the routes of config.ini lead to, whatever their segments. */
static const struct resource thing_resource = {"thing", 0, NULL, NULL, READ, thing_answer};
static const struct resource health_resource = {"health", 0, NULL, NULL, READ, health_answer};
static const struct resource desk_resource = {"desk", 0, NULL, NULL, READ | METHOD_POST, desk_answer};
static const struct resource forward_resource = {
	"forward", 0, NULL, NULL, READ | METHOD_POST | METHOD_PUT | METHOD_PATCH | METHOD_DELETE, forward_answer};

/* Answers for a form that can't be used, because its file is at fault: the error log says why. */
static void failed_answer(struct exchange *exchange)
{
	page_problem(exchange, 500, MESSAGE_SEE_LOG);
}

static const struct resource failed_resource = {
	"form", 0, NULL, NULL, READ | METHOD_POST | METHOD_PUT | METHOD_PATCH | METHOD_DELETE, failed_answer};

/* Tells whether the program can work at all; if not, the error log says why. */
static bool can_work(struct site *site, const struct request *request)
{
	const char *root = request_variable(request, "DOCUMENT_ROOT");
	bool aliased =
		root && exposure_is_alias(root, request_variable(request, "SCRIPT_FILENAME"), request_variable(request, "SCRIPT_NAME"));
	return site->config && !site_exposed(site, root, aliased);
}

/* Finds the program's own absolute URI before anything is kept that needs it; answers and gives false if it can't be known. */
static bool find_root(struct exchange *exchange)
{
	switch (request_root(exchange->request, exchange->config->base)) {
	case ROOT_KNOWN: return true;
	case ROOT_BAD_HOST: page_problem(exchange, 400, MESSAGE_BAD_HOST); return false;
	case ROOT_UNKNOWN: break;
	}
	diag_error("%s: \"base\" is not set, and the web server sends neither HTTP_HOST nor SERVER_NAME, so the site's address is unknown",
		exchange->config->file);
	page_problem(exchange, 500, MESSAGE_SEE_LOG);
	return false;
}

/* Reads what the configuration, which may be missing, has a say in: whose word counts, the pace of the body, and the path. */
static void read_request(struct exchange *exchange)
{
	struct request *request = exchange->request;
	const struct config *config = exchange->config;
	request_path_find(request, config ? config->base : NULL);
	if (!config)
		return;
	request_id_take(request, config->proxies.ranges, config->proxies.n);
	exchange->client = forwarded_read(request, config->proxies.ranges, config->proxies.n);
	request->pace = (struct pace){.rate = config->body_rate, .seconds = config->body_time};
}

/* Splits a path at its slashes; gives the number of segments, or NOT_A_PATH if one is empty or there are too many. */
static int split_path(const char *path, struct span segments[SEGMENTS_MAX])
{
	int n = 0;
	if (strcmp(path, "/") == 0)
		return 0;
	while (*path == '/') {
		size_t length = strcspn(++path, "/");
		if (length == 0 || n == SEGMENTS_MAX)
			return NOT_A_PATH;
		segments[n++] = (struct span){path, length};
		path += length;
	}
	return *path ? NOT_A_PATH : n;
}

static bool names_resource(const struct resource *resource, const struct span *segments, int n, const char *query)
{
	return n == resource->segments && (!resource->third || span_is(segments[2], resource->third)) &&
		(!resource->query || (query && strcmp(query, resource->query) == 0));
}

/* Finds the resource of a path below a form, for the method if the resource takes it, and adds up the methods that it takes. */
static const struct resource *find_resource(const struct exchange *exchange, const struct span *segments, int n, unsigned *methods)
{
	const struct resource *found = NULL;
	const char *query = request_variable(exchange->request, "QUERY_STRING");
	for (size_t i = 0; i < RESOURCES; i++)
		if (names_resource(&resources[i], segments, n, query)) {
			if (!found || (!(found->methods & exchange->request->method) && (resources[i].methods & exchange->request->method)))
				found = &resources[i];
			*methods |= resources[i].methods;
		}
	return found;
}

/* Gives the path without a slash at its end if it is one of a form, or else as it is. */
static const char *without_slash(struct exchange *exchange, const char *path)
{
	size_t length = strlen(path);
	if (length < 2 || path[length - 1] != '/' || !forms_have(exchange->config, (struct span){path + 1, strcspn(path + 1, "/")}))
		return path;
	exchange->slash = true;
	return arena_copy(exchange->arena, path, length - 1);
}

/* Finds what the path names and notes it in the exchange; NULL if it names nothing. */
static const struct resource *find_route(struct exchange *exchange, unsigned *methods)
{
	struct span segments[SEGMENTS_MAX] = {{0}};
	if (desk_has_path(exchange->request->path)) {
		*methods = desk_resource.methods;
		return &desk_resource;
	}
	const char *path = without_slash(exchange, exchange->request->path), *raw = exchange->request->raw_path;
	int n = split_path(path, segments);
	exchange->form = n > 0 ? forms_find(exchange->config, segments[0]) : NULL;
	exchange->id = segments[1];
	exchange->number = segments[3];
	exchange->name = segments[4];
	if (exchange->form && (exchange->form->page || exchange->form->fields_n))
		exchange->back = text_printed(exchange->arena, "%s/%s", exchange->request->root, exchange->form->name);
	if (n == 0 || exchange->form)
		return find_resource(exchange, segments, n, methods);
	if (n > 0 && forms_have(exchange->config, segments[0])) { /* but it could not be read */
		*methods = failed_resource.methods;
		return &failed_resource;
	}
	const struct resource *found = NULL;
	if ((exchange->thing = config_thing(exchange->config, raw, &exchange->captures, exchange->arena)))
		found = &thing_resource;
	else if ((exchange->forward = config_forward(exchange->config, raw, &exchange->captures, exchange->arena)))
		found = &forward_resource;
	*methods = found ? found->methods : 0;
	return found;
}

/* Returns true if a path names a form, or a thing or forward by a first segment that is not a hole. */
static bool names_something(const struct config *config, const char *path, struct arena *arena)
{
	struct captures captures;
	struct text raw = {.arena = arena};
	if (forms_have(config, (struct span){path + 1, strcspn(path + 1, "/")}))
		return true;
	escape_path(&raw, path);
	const struct thing *thing = config_thing(config, text_string(&raw), &captures, arena);
	const struct forward *forward = config_forward(config, text_string(&raw), &captures, arena);
	return (thing && thing->path[1] != '{') || (forward && forward->path[1] != '{');
}

/*
 * Without "base" a web server must say where the program's own URI ends. If it does not, the path seems empty or unknown although its end
 * names something here: the log says what to do. Gives true if that has to be answered too, since the start page would be wrong.
 */
static bool report_unsplit_path(const struct exchange *exchange)
{
	const struct request *request = exchange->request;
	const char *whole = exchange->config->base ? NULL : request_path_unsplit(request);
	const char *script = request_variable(request, "SCRIPT_NAME"), *info = request_variable(request, "PATH_INFO");
	for (const char *slash = whole; slash && (slash = strchr(slash, '/')); slash++)
		if (names_something(exchange->config, slash, exchange->arena)) {
			diag_error(
				"%s: \"base\" is not set, and the web server sends SCRIPT_NAME \"%s\" and PATH_INFO \"%s\", so \"%s\" was not found; "
				"set base, or let the server split the path",
				exchange->config->file, script ? script : "", info ? info : "", slash);
			return !*request->path;
		}
	return false;
}

/* Chooses the language of the answer (RFC 9110 §12.5.4). */
static void choose_language(struct site *site, struct exchange *exchange)
{
	const struct words *languages = exchange->form ? &exchange->form->languages : &exchange->config->languages;
	int choice = 0;
	if (languages->n > 1) {
		response_vary(exchange->response, "Accept-Language");
		choice = language_choose(request_variable(exchange->request, "HTTP_ACCEPT_LANGUAGE"), languages->words, languages->n);
	}
	exchange->catalogue = site_catalogue(site, languages->words[choice]);
}

/*
 * Redirects a GET to the address without the slash at its end, below which relative references are right. Other methods are answered as
 * if the slash weren't there: not every client sends a body again.
 */
static void redirect_without_slash(struct exchange *exchange)
{
	const char *query = request_variable(exchange->request, "QUERY_STRING");
	struct text uri = {.arena = exchange->arena};
	text_put(&uri, exchange->request->root);
	escape_path(&uri, arena_copy(exchange->arena, exchange->request->path, strlen(exchange->request->path) - 1));
	if (query) {
		text_put(&uri, "?");
		escape_query(&uri, query);
	}
	exchange_cache_for(exchange, 0, true);
	page_redirect(exchange, 308, text_string(&uri), "");
}

/* Answers OPTIONS, a method that the resource does not take, or hands over to the resource. */
static void answer_method(const struct resource *resource, unsigned methods, struct exchange *exchange)
{
	struct response *response = exchange->response;
	enum method method = exchange->request->method;
	exchange->route = resource->route;
	if (exchange->form)
		cors_share(exchange);
	else if (exchange->thing || exchange->forward)
		cors_share_with_all(exchange);
	if (exchange->slash && (method & READ)) {
		redirect_without_slash(exchange);
		return;
	}
	if (method & methods) {
		resource->answer(exchange);
		return;
	}
	response_header(response, "Allow", "%s", request_methods(exchange->arena, methods | METHOD_OPTIONS));
	if (method == METHOD_OPTIONS)
		response->status = 204;
	else
		page_problem(exchange, 405, MESSAGE_METHOD_UNKNOWN_HERE);
}

/* Writes the line of a request that was answered. */
static void log_access(struct site *site, const struct exchange *exchange, int64_t began)
{
	struct request *request = exchange->request;
	const struct transport *transport = request->transport;
	struct access access = {
		.request = request_id_of(request),
		.method = request->method ? request_methods(exchange->arena, request->method) : NULL,
		.route = exchange->route,
		.form = exchange->form ? exchange->form->name : NULL,
		.status = exchange->response->status,
		.bytes = transport->written ? transport->written(transport->context) : 0,
		.began = began,
	};
	access_log_write(&site->access, site->config, &access, exchange->arena);
}

static void answer_request(struct site *site, struct exchange *exchange)
{
	unsigned methods = 0;
	if (exchange->request->method == METHOD_UNKNOWN) {
		page_problem(exchange, 501, MESSAGE_METHOD_UNKNOWN);
		return;
	}
	bool able = can_work(site, exchange->request);
	read_request(exchange);
	if (site->access.file >= 0)
		request_id_of(exchange->request); /* error pages show it */
	if (health_has_path(exchange->request->path)) {
		exchange->config = able ? exchange->config : NULL;
		answer_method(&health_resource, health_resource.methods, exchange);
		return;
	}
	if (!able) {
		page_problem(exchange, 500, MESSAGE_SEE_LOG);
		return;
	}
	if (!find_root(exchange))
		return;
	const struct resource *resource = find_route(exchange, &methods);
	choose_language(site, exchange);
	if ((!resource || !*exchange->request->path) && report_unsplit_path(exchange))
		page_problem(exchange, 500, MESSAGE_SEE_LOG);
	else if (resource)
		answer_method(resource, methods, exchange);
	else
		page_problem(exchange, 404, MESSAGE_NO_ADDRESS);
}

/* Marks messages with the id of the request that they are about. */
static const char *mark_of_request(void *request)
{
	return request_id_of(request);
}

void seeother_answer(struct site *site, struct arena *arena, const struct transport *transport)
{
	struct request request;
	struct response response;
	int64_t began = site->access.file >= 0 ? date_uptime() : 0;
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
	diag_mark(mark_of_request, &request);
	answer_request(site, &exchange);
	if (exchange.form && request.method == METHOD_POST && !exchange.id.length)
		store_count_refusal(site->store, response.status);
	if (exchange.has_work)
		worker_start(site->config); /* before the answer: a web server may end a CGI process as soon as it has the whole answer */
	response_send(&response, &request);
	if (site->access.file >= 0)
		log_access(site, &exchange, began);
	diag_mark(NULL, NULL);
}
