/* The overview. Numbers come from keep/counts, within a time budget; while it is not enough the page says so. */
#include "desk/desk_overview.h"

#include <fcntl.h>
#include <sys/statvfs.h>

#include "answer/page.h"
#include "base/date.h"
#include "base/escape.h"
#include "base/file.h"
#include "desk/chart.h"
#include "desk/lately.h"
#include "task/task_count.h"

enum { BUDGET = 1500000 /* microseconds, for all forms */ };

static uint64_t failed_jobs(const struct config *config, const struct form *form)
{
	const struct task *task;
	struct task_count count;
	uint64_t failed = 0;
	for (size_t i = 0; (task = config_form_task(config, form, i)); i++)
		if (task_count_load(&count, config, form, task, NULL) == 0)
			failed += count.failed;
	return failed;
}

static void put_number(struct text *out, uint64_t number)
{
	text_format(out, "<td class=\"number\">%ju</td>", (uintmax_t)number);
}

static void put_form(const struct visit *visit, const struct form *form, const struct lately *lately)
{
	struct exchange *exchange = visit->exchange;
	struct text *out = &exchange->response->body;
	const char *link = text_printed(exchange->arena, "%s/-/%s", exchange->request->root, form->name);
	escape_markup(out, "<tr><td><a href=\"%s\">%s</a></td>", link, form->title);
	put_number(out, lately->unread);
	put_number(out, lately->today);
	put_number(out, lately->month);
	text_put(out, "<td>");
	chart_draw(out, lately->days, LATELY_DAYS,
		text_printed(
			exchange->arena, "%s, %s: %ju", form->title, exchange_say(exchange, MESSAGE_DESK_MONTH), (uintmax_t)lately->month));
	text_put(out, "</td><td class=\"number\">");
	if (lately->spam)
		escape_markup(out, "<a href=\"%s?view=spam\">%s</a>", link, text_printed(exchange->arena, "%ju", (uintmax_t)lately->spam));
	else
		text_put(out, "0");
	text_put(out, "</td>");
	put_number(out, failed_jobs(exchange->config, form));
	text_put(out, "</tr>\n");
}

static void put_overview_heads(struct exchange *exchange)
{
	static const enum message heads[] = {MESSAGE_DESK_FORM, MESSAGE_DESK_UNREAD, MESSAGE_DESK_TODAY, MESSAGE_DESK_MONTH,
		MESSAGE_DESK_DAYS, MESSAGE_DESK_SPAM, MESSAGE_DESK_FAILED};
	struct text *out = &exchange->response->body;
	text_put(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"forms\">\n<table id=\"forms\">\n<thead><tr>");
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		escape_markup(out,
			heads[i] == MESSAGE_DESK_FORM || heads[i] == MESSAGE_DESK_DAYS ? "<th>%s</th>" : "<th class=\"number\">%s</th>",
			exchange_say(exchange, heads[i]));
	text_put(out, "</tr></thead>\n<tbody>\n");
}

/* Says how much is free on the disk that keeps the data. */
static void put_space(struct exchange *exchange)
{
	struct statvfs disk;
	int folder = open(exchange->config->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool known = folder >= 0 && fstatvfs(folder, &disk) == 0;
	file_close(folder);
	if (!known)
		return;
	double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize, giga = 1e9;
	const char *amount = free_bytes >= giga ? text_printed(exchange->arena, "%.1f GB", free_bytes / giga)
						: text_printed(exchange->arena, "%.0f MB", free_bytes / 1e6);
	escape_markup(&exchange->response->body, "<p class=\"soft\">%s</p>\n",
		message_fill(exchange->catalogue, MESSAGE_DESK_SPACE, exchange->arena, "free", amount, NULL));
}

void desk_overview_answer(struct visit *visit)
{
	struct exchange *exchange = visit->exchange;
	const struct config *config = exchange->config;
	const char *title = exchange_say(exchange, MESSAGE_DESK);
	int64_t begun = date_uptime();
	bool complete = true;
	if (exchange->request->method == METHOD_POST) {
		response_header(exchange->response, "Allow", "GET, HEAD, OPTIONS");
		page_problem(exchange, 405, MESSAGE_METHOD_UNKNOWN_HERE);
		return;
	}
	visit_page_begin(visit, title, title);
	put_overview_heads(exchange);
	for (size_t i = 0; i < config->forms_n; i++) {
		if (!visit_owns(visit, &config->forms[i]))
			continue;
		int64_t left = BUDGET - (date_uptime() - begun);
		struct lately lately;
		lately_count(&lately, visit, &config->forms[i], true, left > 0 ? left : 1);
		complete &= lately.complete;
		put_form(visit, &config->forms[i], &lately);
	}
	text_put(&exchange->response->body, "</tbody>\n</table>\n</div>\n");
	if (!complete)
		escape_markup(&exchange->response->body, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_DESK_COUNTING));
	put_space(exchange);
	page_end(exchange);
}
