/* Visits. The choices stand in the query, so that every view of the desk has an address that can be bookmarked. */
#include "desk/visit.h"

#include <string.h>

#include "answer/page.h"
#include "base/date.h"
#include "base/escape.h"
#include "base/utf8.h"
#include "body/urlencoded.h"
#include "keep/token.h"

enum { DAY_SECONDS = 24 * 60 * 60, QUERY_MOST = 4096 };

static const char *const view_names[VIEWS] = {"inbox", "unread", "starred", "spam", "all"};

/* The rules of the desk's pages, besides those of every page. */
static const char rules[] =
	"main{max-width:72rem}nav,.pages,.downloads{display:flex;flex-wrap:wrap;gap:.5rem 1rem;margin:0 0 1rem}"
	"table{border-collapse:collapse;width:100%;margin:1rem 0;font-size:.9375rem}"
	"th,td{text-align:start;vertical-align:top;padding:.5rem .625rem;border-bottom:1px solid var(--edge);unicode-bidi:plaintext}"
	"[dir=rtl] th,[dir=rtl] td{text-align:right}[dir=rtl] .number{text-align:left}" /* a cell may be in a script of the other way */
	"td.number,th.number{text-align:end;font-variant-numeric:tabular-nums}"
	"th{white-space:nowrap}td{overflow-wrap:break-word;min-width:5rem}"
	"tr.unread td{font-weight:700}td.box{min-width:0}td.box input{width:1.25rem;height:1.25rem;margin:.125rem}"
	"td .cut{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}"
	".wide{overflow-x:auto}.wide table{min-width:40rem}"
	".choices{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;margin:1rem 0}"
	".choices label{font-size:.9375rem;font-weight:600;flex:1 1 8.5rem}.choices label:first-of-type{flex:3 1 14rem}"
	".choices input,.choices select{display:block;width:100%;min-width:0;font-weight:400}"
	".list{margin-top:0}.list table{margin-top:.5rem}"
	".days{margin:0 0 1rem}.days figcaption{color:var(--soft);font-size:.9375rem;margin-top:.25rem}"
	"time{white-space:nowrap}"
	"@media(max-width:40rem){.list .wide table{min-width:0}.list thead{position:absolute;clip-path:inset(50%);height:1px;overflow:hidden}"
	".list tr{display:grid;grid-template-columns:2.5rem 1fr;border-bottom:1px solid var(--edge);padding:.5rem 0}"
	".list td{display:block;grid-column:2;border:0;padding:.125rem 0;min-width:0}.list td:empty{display:none}"
	".list td.box{grid-column:1;grid-row:1/span 9}}"
	"input[type=search],.choices input[type=date],.choices select{min-height:2.875rem;padding:.5rem .75rem;background:var(--card);border:1px solid var(--line);"
	"border-radius:.375rem}.choices button{width:auto}"
	".actions{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0}"
	".actions button,.actions a{width:auto;min-height:2.75rem;padding:.375rem .875rem;background:none;color:var(--act);"
	"border:1px solid var(--line);border-radius:.375rem;font-weight:600;text-decoration:none;display:inline-flex;align-items:center}"
	".actions .bad{color:var(--bad)}"
	"svg{display:block;max-width:100%}svg rect{fill:var(--act)}svg .none{fill:var(--edge)}";

const char *visit_view_name(enum visit_view view)
{
	return view_names[view];
}

static enum visit_view read_view(struct span name)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (span_is(name, view_names[i]))
			return (enum visit_view)i;
	return VIEW_INBOX;
}

/* Reads the query; what is too long or not valid counts as not given. */
static struct submission read_query(struct exchange *exchange)
{
	static const struct limits limits = {.body = QUERY_MOST, .fields = 20, .name = 20, .value = 1000};
	struct submission query = {.arena = exchange->arena};
	struct urlencoded parser;
	const char *text = request_variable(exchange->request, "QUERY_STRING");
	if (!text || strlen(text) > QUERY_MOST)
		return query;
	urlencoded_begin(&parser, &query, &limits);
	if (urlencoded_feed(&parser, text, strlen(text)) || urlencoded_end(&parser))
		return (struct submission){.arena = exchange->arena};
	return query;
}

/* Gives a value of the query as a string; "" if it is not there, not UTF-8, or holds a NUL. */
static const char *chosen(const struct submission *query, const char *name)
{
	struct span value = submission_value(query, name);
	if (!value.length || !utf8_valid(value) || memchr(value.bytes, '\0', value.length))
		return "";
	return arena_copy(query->arena, value.bytes, value.length);
}

static time_t day_begin(const char *text, time_t otherwise)
{
	int64_t day;
	return date_day_read(text, &day) ? (time_t)day * DAY_SECONDS : otherwise;
}

void visit_begin(struct visit *visit, struct exchange *exchange)
{
	struct submission query = read_query(exchange);
	*visit = (struct visit){.exchange = exchange, .user = exchange_user(exchange), .now = time(NULL)};
	visit->secret = store_secret(exchange->store, exchange->request->method == METHOD_POST);
	visit->words = chosen(&query, "q");
	visit->from = chosen(&query, "from");
	visit->until = chosen(&query, "to");
	visit->ask = chosen(&query, "ask");
	visit->before = chosen(&query, "before");
	visit->after = chosen(&query, "after");
	visit->as = chosen(&query, "as");
	visit->view = read_view(span_of(chosen(&query, "view")));
	time_t until = day_begin(visit->until, 0);
	visit->filter = (struct filter){
		.from = day_begin(visit->from, 0),
		.until = until ? until + DAY_SECONDS : 0,
		.spam = visit->view == VIEW_SPAM  ? SELECTION_ONLY_SPAM
			: visit->view == VIEW_ALL ? SELECTION_WITH_SPAM
						  : SELECTION_NO_SPAM,
		.unread = visit->view == VIEW_UNREAD,
		.starred = visit->view == VIEW_STARRED,
		.text = *visit->words ? visit->words : NULL,
	};
}

bool visit_owns(const struct visit *visit, const struct form *form)
{
	return exchange_owns(visit->exchange, form);
}

static void put_query(struct text *uri, const char *name, const char *value)
{
	if (!*value)
		return;
	text_format(uri, "%c%s=", strchr(uri->bytes, '?') ? '&' : '?', name);
	escape_component(uri, value);
}

/* Makes the URI of the form's list, or of an outcome unless the id is "", with what was chosen. */
static struct text uri_with_choices(const struct visit *visit, const char *id)
{
	struct text uri = {.arena = visit->exchange->arena};
	text_format(&uri, "%s/-/%s%s%s", visit->exchange->request->root, visit->exchange->form->name, *id ? "/" : "", id);
	put_query(&uri, "view", visit->view == VIEW_INBOX ? "" : view_names[visit->view]);
	put_query(&uri, "q", visit->words);
	put_query(&uri, "from", visit->from);
	put_query(&uri, "to", visit->until);
	return uri;
}

const char *visit_list_uri(const struct visit *visit, const char *before)
{
	struct text uri = uri_with_choices(visit, "");
	put_query(&uri, "before", before);
	return uri.bytes;
}

const char *visit_newer_uri(const struct visit *visit, const char *after)
{
	struct text uri = uri_with_choices(visit, "");
	put_query(&uri, "after", after);
	return uri.bytes;
}

const char *visit_download_uri(const struct visit *visit, const char *as)
{
	struct text uri = uri_with_choices(visit, "");
	put_query(&uri, "as", as);
	return uri.bytes;
}

const char *visit_outcome_uri(const struct visit *visit, const char *id)
{
	return uri_with_choices(visit, id).bytes;
}

/* No form's name has a slash in it, so such a token is never one of a form. */
static const char *desk_token_subject(const struct visit *visit)
{
	return text_printed(visit->exchange->arena, "-/%s %s", visit->exchange->form->name, visit->user);
}

const char *visit_token(const struct visit *visit)
{
	const struct secret *secret = store_secret(visit->exchange->store, true);
	if (!secret)
		return NULL;
	char *token = arena_take(visit->exchange->arena, TOKEN_LENGTH + 1);
	token_write(token, secret, desk_token_subject(visit), visit->now);
	return token;
}

bool visit_token_valid(const struct visit *visit, struct span token)
{
	time_t drawn;
	return visit->secret && token_read(token, visit->secret, desk_token_subject(visit), &drawn) && drawn <= visit->now &&
		visit->now < drawn + DAY_SECONDS;
}

void visit_headers(const struct visit *visit)
{
	struct response *response = visit->exchange->response;
	response_header(response, "Cache-Control", "no-store");
	response_header(response, "Referrer-Policy", "same-origin");
	response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
	response_header(response, "X-Robots-Tag", "noindex");
}

void visit_page_begin(const struct visit *visit, const char *title, const char *heading)
{
	struct exchange *exchange = visit->exchange;
	visit_headers(visit);
	exchange->rules = rules;
	page_begin(exchange, title, heading);
}
