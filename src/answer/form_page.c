/*
 * The page of a form. A form that comes back after a post begins with a summary in which each fault links to its field (WCAG 2.2,
 * 3.3.1); the title says so too.
 */
#include "answer/form_page.h"

#include <string.h>

#include "answer/control.h"
#include "answer/next.h"
#include "answer/once.h"
#include "base/escape.h"
#include "base/span.h"
#include "base/text.h"

static bool has_file(const struct form *form)
{
	for (size_t i = 0; i < form->fields_n; i++)
		if (form->fields[i].type == FIELD_FILE)
			return true;
	return false;
}

static const struct page_fault *fault_on_page(const struct form_page *page, const struct field *field)
{
	for (size_t i = 0; i < page->faults_n; i++)
		if (strcmp(page->faults[i].name, field->name) == 0)
			return &page->faults[i];
	return NULL;
}

static bool came_as_file(const struct submission *posted, const struct field *field)
{
	for (const struct posted_file *file = posted ? posted->files : NULL; file; file = file->next)
		if (span_is(file->field, field->name))
			return true;
	return false;
}

/* Collects the faults, and every file that came: a page can't keep a chosen file, so its field says that it must be chosen again. */
static void collect_faults(struct drawing *drawing, const struct form_page *page, struct arena *arena)
{
	const struct form *form = drawing->form;
	struct page_fault *all = arena_take(arena, (form->fields_n + 1) * sizeof *all);
	for (size_t i = 0; i < form->fields_n; i++) {
		const struct page_fault *fault = fault_on_page(page, &form->fields[i]);
		if (fault)
			all[drawing->faults_n++] = *fault;
		else if (came_as_file(page->posted, &form->fields[i]))
			all[drawing->faults_n++] =
				(struct page_fault){form->fields[i].name, message_text(drawing->catalogue, MESSAGE_CHOOSE_FILE_AGAIN)};
	}
	drawing->faults = all;
}

static void draw_faults(const struct drawing *drawing)
{
	if (!drawing->faults_n)
		return;
	text_put(drawing->out, "<ul>\n");
	for (size_t i = 0; i < drawing->faults_n; i++) {
		const struct page_fault *fault = &drawing->faults[i];
		const struct field *field = form_field(drawing->form, span_of(fault->name));
		bool parted = strchr(".:!?", field->label[strlen(field->label) - 1]);
		escape_markup(drawing->out, "<li><a href=\"#field-%s\">%s</a>%s %s</li>\n", field->key, field->label, parted ? "" : ":",
			fault->message);
	}
	text_put(drawing->out, "</ul>\n");
}

static void draw_summary(const struct drawing *drawing)
{
	escape_markup(
		drawing->out, "<div class=\"summary\" role=\"alert\">\n<h2>%s</h2>\n", message_text(drawing->catalogue, MESSAGE_SUMMARY));
	draw_faults(drawing);
	text_put(drawing->out, "</div>\n");
}

/* Says why the form is back although no field is at fault. */
static void draw_notice(const struct drawing *drawing, const struct form_page *page, bool slash)
{
	escape_markup(drawing->out, "<div class=\"summary\" role=\"alert\">\n<p>%s</p>\n", message_text(drawing->catalogue, page->notice));
	if (page->earlier)
		escape_markup(drawing->out, "<p><a href=\"%s%s/%s\">%s</a></p>\n", slash ? "../" : "", drawing->form->name, page->earlier,
			message_text(drawing->catalogue, MESSAGE_SENT_FIRST));
	draw_faults(drawing);
	text_put(drawing->out, "</div>\n");
}

static void draw_form(const struct drawing *drawing, const char *action, const char *token)
{
	const struct form *form = drawing->form;
	escape_markup(drawing->out, "<form method=\"post\" action=\"%s\" accept-charset=\"utf-8\"", action);
	text_put(drawing->out, has_file(form) ? " enctype=\"multipart/form-data\">\n" : ">\n");
	if (token)
		escape_markup(drawing->out, "<input type=\"hidden\" name=\"%s\" value=\"%s\">\n", SUBMISSION_TOKEN, token);
	for (size_t i = 0; i < form->fields_n; i++)
		control_draw(drawing, &form->fields[i]);
	escape_markup(drawing->out, "<button type=\"submit\">%s</button>\n</form>\n",
		form->button ? form->button : message_text(drawing->catalogue, MESSAGE_BUTTON));
}

void form_page_draw(struct exchange *exchange, const struct form_page *page)
{
	const struct form *form = exchange->form;
	struct text *out = &exchange->response->body;
	struct drawing drawing = {.out = out, .form = form, .catalogue = exchange->catalogue, .posted = page->posted};
	collect_faults(&drawing, page, exchange->arena);
	page_begin(exchange,
		page->posted ? message_fill(drawing.catalogue, MESSAGE_ERROR_TITLE, exchange->arena, "title", form->title, NULL)
			     : form->title,
		form->title);
	if (page->faults_n)
		draw_summary(&drawing);
	else if (page->posted)
		draw_notice(&drawing, page, exchange->slash);
	if (form->intro)
		escape_markup(out, "<p>%s</p>\n", form->intro);
	/* A post to another URI than that of the form leaves the form in the browser's cache (RFC 9111 §4.4), so Back shows what was sent. */
	draw_form(&drawing, text_printed(exchange->arena, "%s%s?post", exchange->slash ? "../" : "", form->name), page->token);
	page_end(exchange);
}

void form_page_paste(struct text *out, const struct form *form, const struct catalogue *catalogue, const char *action)
{
	struct drawing drawing = {.out = out, .form = form, .catalogue = catalogue};
	draw_form(&drawing, action, NULL);
}

void form_page_answer(struct exchange *exchange)
{
	const struct form *form = exchange->form;
	if (form->page) {
		page_see_other(exchange, next_absolute(exchange, form->page));
		return;
	}
	struct form_page page = {.token = form->fields_n ? once_token(exchange, 0) : NULL};
	if (form->fields_n && !page.token) {
		page_unavailable(exchange, MESSAGE_TAKES_NOTHING); /* better now than after it was filled in */
		return;
	}
	response_header(exchange->response, "Cache-Control", "private, no-cache");
	if (form->fields_n) {
		form_page_draw(exchange, &page);
		return;
	}
	page_begin(exchange, form->title, form->title);
	escape_markup(&exchange->response->body, "<p>%s</p>\n", exchange_say(exchange, MESSAGE_TAKES_ANYTHING));
	page_end(exchange);
}
