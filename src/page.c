/*
 * Every page is whole without its style sheet, which stands in the page itself: its hash is in the policy, so that no other
 * style and no script at all can run (CSP level 2).
 */
#include "page.h"

#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>

#include "diag.h"
#include "escape.h"
#include "json.h"
#include "media.h"

static const char style[] =
	":root{color-scheme:light dark;--back:#f6f6f4;--card:#fff;--ink:#1c1d1f;--soft:#5c5f66;--line:#8a8d94;--edge:#dddeda;"
	"--act:#1d4f91;--on-act:#fff;--bad:#b3261e;--bad-back:#fdf0ee}"
	"@media(prefers-color-scheme:dark){:root{--back:#17181a;--card:#212326;--ink:#ececea;--soft:#a9adb5;--line:#7d828b;"
	"--edge:#35383d;--act:#8ab8f5;--on-act:#10233c;--bad:#ff9d92;--bad-back:#3a2422}}"
	"*{box-sizing:border-box}"
	"body{margin:0;background:var(--back);color:var(--ink);font:1.0625rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
	"main{max-width:40rem;margin:0 auto;padding:clamp(1rem,5vw,3rem) clamp(1rem,5vw,2.5rem)}"
	"@media(min-width:44rem){main{background:var(--card);border:1px solid var(--edge);border-radius:.75rem;margin:3rem auto}}"
	"h1{font-size:1.75rem;line-height:1.2;margin:0 0 1rem}"
	"h2{font-size:1.125rem;margin:0 0 .5rem}"
	"p{margin:0 0 1rem}"
	"a{color:var(--act)}"
	".field{margin:0 0 1.5rem;padding:0;border:0;min-width:0}"
	".field>label:not(.tick),legend{display:block;font-weight:600;padding:0;margin:0 0 .25rem}"
	".optional,.hint,.soft{color:var(--soft);font-weight:400}"
	".hint,.fault{margin:0 0 .375rem;font-size:.9375rem}"
	".fault{color:var(--bad);font-weight:600}"
	".wrong{border-left:.25rem solid var(--bad);padding-left:.875rem}"
	"input,select,textarea,button{font:inherit;color:inherit}"
	".field>input,select,textarea{width:100%;padding:.625rem .75rem;background:var(--card);border:1px solid var(--line);"
	"border-radius:.375rem}"
	"textarea{display:block;min-height:9rem;resize:vertical}"
	".tick{display:flex;gap:.625rem;align-items:flex-start;padding:.375rem 0}"
	".tick input{width:1.25rem;height:1.25rem;margin:.125rem 0 0;flex:none;accent-color:var(--act)}"
	"button{padding:.75rem 1.5rem;min-height:2.75rem;border:0;border-radius:.375rem;background:var(--act);color:var(--on-act);"
	"font-weight:600;cursor:pointer}"
	":focus-visible{outline:3px solid var(--act);outline-offset:2px}"
	".summary{border:2px solid var(--bad);background:var(--bad-back);border-radius:.375rem;padding:1rem 1.25rem;margin:0 0 1.5rem}"
	".summary ul{margin:0;padding-left:1.25rem}.summary a{color:var(--bad)}"
	".trap{position:absolute;left:-100vw;width:1px;height:1px;overflow:hidden}"
	"dl{margin:1.5rem 0;border-top:1px solid var(--edge)}"
	"dt{font-weight:600;padding-top:.75rem}"
	"dd{margin:0;padding-bottom:.75rem;border-bottom:1px solid var(--edge);white-space:pre-wrap}"
	"code{font-family:ui-monospace,monospace;font-size:.9375em}";

static char *style_policy(struct arena *arena)
{
	unsigned char hash[SHA256_DIGEST_SIZE];
	struct sha256_ctx context;
	char base64[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
	sha256_init(&context);
	sha256_update(&context, sizeof style - 1, (const unsigned char *)style);
	sha256_digest(&context, sizeof hash, hash);
	sodium_bin2base64(base64, sizeof base64, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
	return text_printed(arena, "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; frame-ancestors 'self'", base64);
}

static void put_html(struct exchange *exchange)
{
	const struct catalogue *catalogue = exchange->catalogue;
	escape_markup(&exchange->response->body, catalogue->right_to_left ? "<html lang=\"%s\" dir=\"rtl\">\n" : "<html lang=\"%s\">\n",
		catalogue->tag);
}

void page_begin(struct exchange *exchange, const char *title, const char *heading)
{
	struct response *response = exchange->response;
	response->type = "text/html; charset=utf-8";
	response->policy = style_policy(exchange->arena);
	text_put(&response->body, "<!DOCTYPE html>\n");
	put_html(exchange);
	escape_markup(&response->body,
		"<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>%s</title>\n<style>",
		title);
	text_put(&response->body, style);
	escape_markup(&response->body, "</style>\n</head>\n<body>\n<main>\n<h1>%s</h1>\n", heading);
}

void page_end(struct exchange *exchange)
{
	text_put(&exchange->response->body, "</main>\n</body>\n</html>\n");
}

void page_see_other(struct exchange *exchange, const char *uri)
{
	struct response *response = exchange->response;
	response_see_other(response, exchange->request, uri);
	response->type = "text/html; charset=utf-8";
	text_put(&response->body, "<!DOCTYPE html>\n");
	put_html(exchange);
	escape_markup(&response->body, "<meta charset=\"utf-8\">\n<title>%s</title>\n<p>%s <a href=\"%s\">%s</a></p>\n</html>\n",
		exchange_say(exchange, MESSAGE_SEE_OTHER), exchange_say(exchange, MESSAGE_SEE), uri, uri);
}

static enum message title_of(int status, enum method method)
{
	switch (status) {
	case 400: return MESSAGE_TITLE_400;
	case 403: return MESSAGE_TITLE_403;
	case 404: return MESSAGE_TITLE_404;
	case 405: return MESSAGE_TITLE_405;
	case 406: return MESSAGE_TITLE_406;
	case 411: return MESSAGE_TITLE_411;
	case 412: return MESSAGE_TITLE_412;
	case 413: return MESSAGE_TITLE_413;
	case 415: return MESSAGE_TITLE_415;
	case 416: return MESSAGE_TITLE_416;
	case 422: return MESSAGE_TITLE_422;
	case 429: return MESSAGE_TITLE_429;
	case 501: return MESSAGE_TITLE_501;
	case 503: return method == METHOD_POST ? MESSAGE_TITLE_NOT_KEPT : MESSAGE_TITLE_503;
	default: return MESSAGE_TITLE_500;
	}
}

bool page_wants_json(const struct exchange *exchange)
{
	static const char *const offers[] = {"text/html", "application/problem+json", "application/json"};
	return media_choose(exchange->request->accept, offers, sizeof offers / sizeof *offers) > 0;
}

static void problem_begin(struct exchange *exchange, int status)
{
	struct response *response = exchange->response;
	response->status = status;
	response->body.length = 0;
	response_vary(response, "Accept");
	response_header(response, "Cache-Control", "no-store");
}

static void problem_json(struct response *response, const char *detail, const struct page_fault *faults, size_t n)
{
	json_t *errors = json_made(json_array());
	response->type = "application/problem+json";
	for (size_t i = 0; i < n; i++)
		json_array_append_new(errors, json_pack("{ss ss}", "field", faults[i].name, "detail", faults[i].message));
	json_t *problem = json_pack("{ss ss si ss so*}", "type", "about:blank", "title", response_reason(response->status),
		"status", response->status, "detail", detail, "errors", n ? errors : NULL);
	if (!n)
		json_decref(errors);
	json_write(&response->body, json_made(problem), JSON_INDENT(2));
	json_decref(problem);
	text_put(&response->body, "\n");
}

void page_problem_saying(struct exchange *exchange, int status, const char *detail)
{
	problem_begin(exchange, status);
	if (page_wants_json(exchange)) {
		problem_json(exchange->response, detail, NULL, 0);
		return;
	}
	const char *title = exchange_say(exchange, title_of(status, exchange->request->method));
	page_begin(exchange, title, title);
	escape_markup(&exchange->response->body, "<p>%s</p>\n", detail);
	page_end(exchange);
}

void page_problem(struct exchange *exchange, int status, enum message detail)
{
	page_problem_saying(exchange, status, exchange_say(exchange, detail));
}

bool page_problem_fields(struct exchange *exchange, int status, enum message detail, const struct page_fault *faults, size_t n)
{
	problem_begin(exchange, status);
	if (!page_wants_json(exchange))
		return false;
	problem_json(exchange->response, exchange_say(exchange, detail), faults, n);
	return true;
}
