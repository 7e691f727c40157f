/* Pages. Each is complete without its style sheet. */
#include "answer/page.h"

#include "answer/style.h"
#include "base/escape.h"
#include "base/json.h"
#include "base/span.h"
#include "base/text.h"
#include "http/media.h"
#include "http/request_id.h"

static void put_html(struct exchange *exchange)
{
	const struct catalogue *catalogue = exchange->catalogue;
	escape_markup(&exchange->response->body, catalogue->right_to_left ? "<html lang=\"%s\" dir=\"rtl\">\n" : "<html lang=\"%s\">\n",
		catalogue->tag);
}

static void put_language(struct exchange *exchange)
{
	exchange->response->language = exchange->catalogue->tag;
}

/*
 * Gives the origins that may show the page in a frame, or NULL. A page that an owner sees is never shown in one: a frame is a way to
 * have its buttons pressed unseen.
 */
static const struct words *framing_origins(const struct exchange *exchange)
{
	return exchange->form && exchange->form->embed.n && !exchange_by_owner(exchange) ? &exchange->form->embed : NULL;
}

/* Appends the site's own HTML, which is trusted. */
static void put_file(struct exchange *exchange, const char *path)
{
	struct span html = style_file(path, exchange->arena);
	text_add(&exchange->response->body, html.bytes, html.length);
}

void page_begin(struct exchange *exchange, const char *title, const char *heading)
{
	struct response *response = exchange->response;
	struct text *out = &response->body;
	response->type = "text/html; charset=utf-8";
	text_put(out, "<!DOCTYPE html>\n");
	put_html(exchange);
	escape_markup(out,
		"<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s</title>\n",
		title);
	response->style_from = out->length;
	response->policy = style_put(out, exchange->config, exchange->rules, framing_origins(exchange));
	response->style_end = out->length;
	put_language(exchange);
	text_put(out, "</head>\n<body>\n");
	put_file(exchange, exchange->config ? exchange->config->header : NULL);
	escape_markup(out, "<main>\n<h1>%s</h1>\n", heading);
}

void page_end(struct exchange *exchange)
{
	text_put(&exchange->response->body, "</main>\n");
	put_file(exchange, exchange->config ? exchange->config->footer : NULL);
	text_put(&exchange->response->body, "</body>\n</html>\n");
}

void page_redirect(struct exchange *exchange, int status, const char *uri, const char *markup)
{
	struct response *response = exchange->response;
	response_redirect(response, status, uri);
	if (exchange->form && (exchange->request->method & (METHOD_POST | METHOD_DELETE)))
		response_header(response, "Cache-Control", "no-store");
	put_language(exchange);
	response->type = "text/html; charset=utf-8";
	text_put(&response->body, "<!DOCTYPE html>\n");
	put_html(exchange);
	escape_markup(&response->body, "<meta charset=\"utf-8\">\n<title>%s</title>\n<p>%s <a href=\"%s\">%s</a></p>\n",
		exchange_say(exchange, MESSAGE_SEE_OTHER), exchange_say(exchange, MESSAGE_SEE), uri, uri);
	text_put(&response->body, markup);
	text_put(&response->body, "</html>\n");
}

void page_see_other(struct exchange *exchange, const char *uri)
{
	page_redirect(exchange, 303, uri, "");
}

/* Gives the title of a problem. Only a post to a form loses a message; a post to an outcome withdraws it. */
static enum message problem_title(int status, const struct exchange *exchange)
{
	switch (status) {
	case 400: return MESSAGE_TITLE_400;
	case 403: return MESSAGE_TITLE_403;
	case 404: return MESSAGE_TITLE_404;
	case 405: return MESSAGE_TITLE_405;
	case 406: return MESSAGE_TITLE_406;
	case 408: return MESSAGE_TITLE_408;
	case 410: return MESSAGE_TITLE_410;
	case 411: return MESSAGE_TITLE_411;
	case 412: return MESSAGE_TITLE_412;
	case 413: return MESSAGE_TITLE_413;
	case 415: return MESSAGE_TITLE_415;
	case 416: return MESSAGE_TITLE_416;
	case 422: return MESSAGE_TITLE_422;
	case 429: return MESSAGE_TITLE_429;
	case 501: return MESSAGE_TITLE_501;
	case 503: return exchange->request->method == METHOD_POST && !exchange->id.length ? MESSAGE_TITLE_NOT_KEPT : MESSAGE_TITLE_503;
	default: return MESSAGE_TITLE_500;
	}
}

/* Tells whether the request is a post of JSON. */
static bool sends_json(const struct exchange *exchange)
{
	return exchange->request->method == METHOD_POST && media_is_json(request_variable(exchange->request, "CONTENT_TYPE"));
}

bool page_wants_json(const struct exchange *exchange)
{
	static const char *const offers[] = {"text/html", "application/problem+json", "application/json", "text/html"};
	size_t first = sends_json(exchange) ? 1 : 0; /* a tie goes to what the client has sent */
	int chosen = media_choose(exchange->request->accept, offers + first, 3);
	return chosen >= 0 && *offers[first + (size_t)chosen] == 'a';
}

/* Gives the absolute URI of a problem type, at which problems.c explains it (RFC 9457 §3.1.1). */
static const char *problem_uri(const struct exchange *exchange, const char *type)
{
	return text_printed(exchange->arena, "%s/?problems#%s", exchange->request->root, type);
}

static void problem_begin(struct exchange *exchange, int status)
{
	struct response *response = exchange->response;
	response->status = status;
	response->body.length = 0;
	response_vary(response, "Accept");
	response_header(response, "Cache-Control", "no-store");
	if (exchange->form && exchange->id.length) /* whoever knows an outcome's address may withdraw it */
		response_header(response, "Referrer-Policy", "same-origin");
	if (exchange->problem)
		response_header(
			response, "Link", "<%s>; rel=\"describedby\"; type=\"text/html\"", problem_uri(exchange, exchange->problem));
}

/*
 * Gives the request's id if a log may tell more under it: that of the proxy which sent it, the access log, or the error log, which has a
 * line about each fault of the server's. Otherwise NULL.
 */
static const char *traced_id(const struct exchange *exchange, int status)
{
	return exchange->request->id || status >= 500 ? request_id_of(exchange->request) : NULL;
}

static void put_problem(struct exchange *exchange, const char *detail, const struct page_fault *faults, size_t n)
{
	struct response *response = exchange->response;
	const char *type = exchange->problem ? problem_uri(exchange, exchange->problem) : NULL;
	json_t *errors = json_made(json_array());
	response->type = "application/problem+json";
	put_language(exchange);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(errors, json_pack("{ss ss}", "field", faults[i].name, "detail", faults[i].message));
	json_t *problem = json_pack("{ss ss si ss ss* so*}", "type", type ? type : "about:blank", "title",
		response_reason(response->status), "status", response->status, "detail", detail, "request_id",
		traced_id(exchange, response->status), "errors", n ? errors : NULL);
	if (!n)
		json_decref(errors);
	json_write(&response->body, json_made(problem), JSON_INDENT(2));
	json_decref(problem);
	text_put(&response->body, "\n");
}

bool page_problem_begin(struct exchange *exchange, int status, const char *detail)
{
	problem_begin(exchange, status);
	if (page_wants_json(exchange)) {
		put_problem(exchange, detail, NULL, 0);
		return false;
	}
	const char *title = exchange_say(exchange, problem_title(status, exchange));
	page_begin(exchange, title, title);
	escape_markup(&exchange->response->body, "<p>%s</p>\n", detail);
	const char *id = traced_id(exchange, status);
	if (id)
		escape_markup(&exchange->response->body, "<p>%s</p>\n",
			message_fill(exchange->catalogue, MESSAGE_REQUEST, exchange->arena, "id", id, NULL));
	if (exchange->problem) {
		const char *documentation = problem_uri(exchange, exchange->problem);
		escape_markup(&exchange->response->body, "<p><a href=\"%s\">%s</a></p>\n", documentation, documentation);
	}
	return true;
}

/*
 * Leads on from a page that says what went wrong. A visitor who posted a form gets to an empty one by the link, and to what was typed by
 * going back. A fault of the server's leads nowhere: its page says what can be done.
 */
static void put_way_back(struct exchange *exchange, int status)
{
	struct text *out = &exchange->response->body;
	if (!exchange->back || status >= 500)
		return;
	if (exchange->request->method == METHOD_POST && !exchange->id.length)
		escape_markup(out, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_TYPED));
	escape_markup(out, "<p class=\"back\"><a href=\"%s\">%s</a></p>\n", exchange->back, exchange_say(exchange, MESSAGE_BACK));
}

void page_problem_text(struct exchange *exchange, int status, const char *detail)
{
	if (!page_problem_begin(exchange, status, detail))
		return;
	put_way_back(exchange, status);
	page_end(exchange);
}

void page_problem(struct exchange *exchange, int status, enum message detail)
{
	page_problem_text(exchange, status, exchange_say(exchange, detail));
}

void page_unavailable(struct exchange *exchange, enum message detail)
{
	response_header(exchange->response, "Retry-After", "60");
	page_problem(exchange, 503, detail);
}

bool page_problem_fields(struct exchange *exchange, int status, enum message detail, const struct page_fault *faults, size_t n)
{
	problem_begin(exchange, status);
	if (!page_wants_json(exchange))
		return false;
	put_problem(exchange, exchange_say(exchange, detail), faults, n);
	return true;
}
