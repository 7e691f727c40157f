/* The list of forms. */
#include "answer/index.h"

#include "answer/page.h"
#include "base/escape.h"
#include "base/text.h"

static bool has_any(const struct config *config)
{
	for (size_t i = 0; i < config->forms_n; i++)
		if (config->forms[i].index)
			return true;
	return false;
}

void index_answer(struct exchange *exchange)
{
	const struct config *config = exchange->config;
	struct text *out = &exchange->response->body;
	if (!has_any(config)) {
		page_problem(exchange, 404, MESSAGE_NO_ADDRESS);
		return;
	}
	const char *title = exchange_say(exchange, MESSAGE_INDEX);
	response_header(exchange->response, "Cache-Control", "no-cache");
	page_begin(exchange, title, title);
	text_put(out, "<ul>\n");
	for (size_t i = 0; i < config->forms_n; i++)
		if (config->forms[i].index)
			escape_markup(out, "<li><a href=\"%s/%s\">%s</a></li>\n", exchange->request->root, config->forms[i].name,
				config->forms[i].title);
	text_put(out, "</ul>\n");
	page_end(exchange);
}
