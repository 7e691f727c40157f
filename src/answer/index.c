/* The list of forms. */
#include "answer/index.h"

#include "answer/page.h"
#include "base/escape.h"
#include "base/text.h"
#include "config/forms.h"

static bool has_any(const struct config *config)
{
	for (size_t i = 0; i < config->forms_n; i++)
		if (config->forms[i].index)
			return true;
	return false;
}

static void draw_index(struct exchange *exchange, const struct config *config)
{
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

/* Forms of a folder are all read for the list, so that has to be asked for by [seeother]. */
void index_answer(struct exchange *exchange)
{
	bool read = exchange->config->slots && exchange->config->index;
	struct config *whole = read ? forms_whole(exchange->config) : NULL;
	draw_index(exchange, whole ? whole : exchange->config);
	config_free(whole);
}
