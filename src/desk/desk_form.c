/* The list of a form: choices above, a table of outcomes with a box to tick each, buttons for those that are ticked below. */
#include "desk/desk_form.h"

#include <string.h>

#include "answer/page.h"
#include "base/date.h"
#include "base/escape.h"
#include "desk/chart.h"
#include "desk/desk_change.h"
#include "desk/lately.h"
#include "desk/outcome_table.h"
#include "keep/newer.h"

enum { ROWS = 50, BUDGET = 1000000, COUNT_BUDGET = 200000 /* microseconds */ };

static const enum message view_texts[VIEWS] = {
	MESSAGE_DESK_VIEW_INBOX, MESSAGE_DESK_VIEW_UNREAD, MESSAGE_DESK_VIEW_STARRED, MESSAGE_DESK_VIEW_SPAM, MESSAGE_DESK_VIEW_ALL};

/* --- above the table ----------------------------------------------------------------------------------------------- */

static void put_navigation(const struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	escape_markup(&exchange->response->body, "<nav><a href=\"%s/-/\">%s</a></nav>\n", exchange->request->root,
		exchange_say(exchange, MESSAGE_DESK));
}

static void put_input(struct exchange *exchange, enum message label, const char *type, const char *name, const char *value)
{
	escape_markup(&exchange->response->body, "<label>%s<input type=\"%s\" name=\"%s\" value=\"%s\"></label>\n",
		exchange_say(exchange, label), type, name, value);
}

static void put_choices(const struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	escape_markup(out, "<form class=\"choices\" role=\"search\" method=\"get\" action=\"%s/-/%s\">\n", exchange->request->root,
		exchange->form->name);
	put_input(exchange, MESSAGE_DESK_WORDS, "search", "q", visit->words);
	put_input(exchange, MESSAGE_DESK_FROM, "date", "from", visit->from);
	put_input(exchange, MESSAGE_DESK_TO, "date", "to", visit->until);
	escape_markup(out, "<label>%s<select name=\"view\">", exchange_say(exchange, MESSAGE_DESK_VIEW));
	for (size_t i = 0; i < VIEWS; i++)
		escape_markup(out, i == visit->view ? "<option value=\"%s\" selected>%s</option>" : "<option value=\"%s\">%s</option>",
			visit_view_name((enum visit_view)i), exchange_say(exchange, view_texts[i]));
	escape_markup(
		out, "</select></label>\n<button type=\"submit\">%s</button>\n</form>\n", exchange_say(exchange, MESSAGE_DESK_SEARCH));
}

/* --- below the table ----------------------------------------------------------------------------------------------- */

static void put_buttons(struct exchange *exchange)
{
	static const struct {
		const char *value;
		enum message text;
	} buttons[] = {
		{"read", MESSAGE_DESK_MARK_READ},
		{"unread", MESSAGE_DESK_MARK_UNREAD},
		{"star", MESSAGE_DESK_STAR},
		{"unstar", MESSAGE_DESK_UNSTAR},
		{"spam", MESSAGE_DESK_IS_SPAM},
		{"ham", MESSAGE_DESK_IS_HAM},
		{"erase", MESSAGE_DESK_ERASE},
	};
	struct text *out = &exchange->response->body;
	text_put(out, "<div class=\"actions\">\n");
	for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
		escape_markup(out, "<button class=\"%s\" type=\"submit\" name=\"act\" value=\"%s\">%s</button>\n",
			buttons[i].text == MESSAGE_DESK_ERASE ? "bad" : "act", buttons[i].value, exchange_say(exchange, buttons[i].text));
	text_put(out, "</div>\n");
}

/* What is known of a page of the list once its rows are drawn. */
struct drawn {
	enum selection_found found; /* what ended the page: SELECTION_FOUND if there are more */
	size_t rows;
	char first[ID_LENGTH + 1], last[ID_LENGTH + 1]; /* last: behind which the next page begins */
	int64_t last_day;
};

/* Links to the pages beside this one, at either end of the list; one of the two is a landmark. */
static void put_pages(const struct visit *visit, const struct drawn *drawn, bool landmark)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	bool older = drawn->found == SELECTION_FOUND || drawn->found == SELECTION_PAUSED;
	if (!*visit->before && !older)
		return;
	if (landmark)
		escape_markup(out, "<nav aria-label=\"%s\">", exchange_say(exchange, MESSAGE_DESK_PAGES));
	else
		text_put(out, "<p class=\"pages\">");
	if (*visit->before) {
		escape_markup(out, "<a href=\"%s\">%s</a>", visit_list_uri(visit, ""), exchange_say(exchange, MESSAGE_DESK_NEWEST));
		escape_markup(out, "<a rel=\"prev\" href=\"%s\">%s</a>",
			visit_newer_uri(visit, *drawn->first ? drawn->first : visit->before), exchange_say(exchange, MESSAGE_DESK_NEWER));
	}
	if (older)
		escape_markup(out, "<a rel=\"next\" href=\"%s\">%s</a>", visit_list_uri(visit, drawn->last),
			exchange_say(exchange, drawn->found == SELECTION_PAUSED ? MESSAGE_DESK_GO_ON : MESSAGE_DESK_OLDER));
	text_put(out, landmark ? "</nav>\n" : "</p>\n");
}

/* Says how far the list goes. */
static void put_end(const struct visit *visit, const struct drawn *drawn)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	if (drawn->found == SELECTION_PAUSED) {
		char day[DATE_DAY];
		date_day_write(day, drawn->last_day);
		escape_markup(
			out, "<p>%s</p>\n", message_fill(exchange->catalogue, MESSAGE_DESK_PAUSED, exchange->arena, "date", day, NULL));
	} else if (!drawn->rows) {
		escape_markup(out, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_DESK_NOTHING));
	}
	if (drawn->found == SELECTION_FAILED)
		escape_markup(out, "<p><strong>%s</strong></p>\n", exchange_say(exchange, MESSAGE_DESK_UNREADABLE));
	put_pages(visit, drawn, true);
}

static void put_downloads(const struct visit *visit)
{
	static const char *const types[][2] = {{"csv", "CSV"}, {"json", "JSON"}};
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	text_put(out, "<p class=\"downloads\">");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		escape_markup(out, "<a href=\"%s\">%s</a>\n", visit_download_uri(visit, types[i][0]),
			message_fill(exchange->catalogue, MESSAGE_DESK_DOWNLOAD, exchange->arena, "type", types[i][1], NULL));
	text_put(out, "</p>\n");
}

/* Draws as many outcomes as a page has. */
static struct drawn put_rows(const struct visit *visit, const struct outcome_table *table)
{
	struct exchange *exchange = visit->exchange;
	struct drawn drawn = {.found = SELECTION_END};
	struct selected selected;
	struct selection *selection =
		visit->secret ? selection_open(exchange->config, exchange->form, visit->secret, &visit->filter, visit->now) : NULL;
	bool begins = selection && (!*visit->before || selection_resume(selection, span_of(visit->before)));
	while (begins && (drawn.found = selection_next(selection, BUDGET, &selected)) == SELECTION_FOUND && drawn.rows < ROWS) {
		outcome_table_put_row(table, visit, &selected);
		memcpy(drawn.rows++ ? drawn.last : drawn.first, selected.id, sizeof selected.id);
	}
	if (drawn.rows == 1)
		memcpy(drawn.last, drawn.first, sizeof drawn.last);
	if (drawn.found == SELECTION_PAUSED)
		strcpy(drawn.last, selection_cursor(selection, &drawn.last_day));
	selection_close(selection);
	return drawn;
}

/* The links above the list depend on its rows, so the list is drawn aside first. */
static void put_outcomes(const struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body, above = *out;
	struct outcome_table table;
	const char *token = visit_token(visit);
	*out = (struct text){.arena = exchange->arena};
	escape_markup(out, "<form class=\"list\" method=\"post\" action=\"%s\">\n<input type=\"hidden\" name=\"%s\" value=\"%s\">\n",
		visit_list_uri(visit, visit->before), SUBMISSION_TOKEN, token ? token : "");
	outcome_table_begin(&table, exchange);
	struct drawn drawn = put_rows(visit, &table);
	outcome_table_end(exchange);
	if (drawn.rows)
		put_buttons(exchange);
	text_put(out, "</form>\n");
	struct text list = *out;
	*out = above;
	put_pages(visit, &drawn, false);
	if (drawn.rows)
		text_add(out, list.bytes, list.length);
	put_end(visit, &drawn);
	if (drawn.rows)
		put_downloads(visit);
}

/* --- the page ------------------------------------------------------------------------------------------------------ */

/* Draws how much came in lately, above the newest outcomes. */
static void put_days(const struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	struct lately lately;
	if (*visit->before || *visit->words || *visit->from || *visit->until || visit->view != VIEW_INBOX)
		return;
	lately_count(&lately, visit, exchange->form, false, COUNT_BUDGET);
	const char *total = text_printed(exchange->arena, "%s: %ju", exchange_say(exchange, MESSAGE_DESK_MONTH), (uintmax_t)lately.month);
	text_put(out, "<figure class=\"days\">\n");
	chart_draw(out, lately.days, LATELY_DAYS, total);
	escape_markup(out, "<figcaption>%s%s%s</figcaption>\n</figure>\n", total, lately.complete ? "" : ". ",
		lately.complete ? "" : exchange_say(exchange, MESSAGE_DESK_COUNTING));
}

/* Leads from ?after=ID to the page that ends right before that outcome: its link need not know which outcomes are on it. */
static void redirect_to_newer(const struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	struct newer newer = {.n = 0};
	const char *before = "";
	if (visit->secret)
		newer_find(&newer, exchange->config, exchange->form, visit->secret, &visit->filter, span_of(visit->after), ROWS + 1,
			visit->now, BUDGET);
	if (newer.n > ROWS || (newer.paused && newer.n))
		before = newer.ids[newer.n - 1];
	visit_headers(visit);
	page_see_other(exchange, visit_list_uri(visit, before));
}

void desk_form_answer(struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	if (exchange->request->method == METHOD_POST) {
		desk_change_many(visit);
		return;
	}
	if (*visit->after) {
		redirect_to_newer(visit);
		return;
	}
	visit_page_begin(visit, text_printed(exchange->arena, "%s: %s", exchange_say(exchange, MESSAGE_DESK), exchange->form->title),
		exchange->form->title);
	put_navigation(visit);
	put_days(visit);
	put_choices(visit);
	put_outcomes(visit);
	page_end(exchange);
}
