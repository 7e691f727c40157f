/*
 * Readers of mail know less HTML than browsers: no script, nothing from elsewhere, few rules. Nothing of the text becomes a link but
 * the program's own addresses.
 */
#include "task/mail_html.h"

#include "base/escape.h"
#include "task/mail_fill.h"
#include "task/mail_template.h"

static const char style[] =
	":root{color-scheme:light dark;supported-color-schemes:light dark}"
	"body{margin:0;padding:16px;background:#f6f6f4;color:#1c1d1f;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}"
	".card{max-width:640px;margin:0 auto;padding:24px;background:#fff;border:1px solid #dddeda;border-radius:12px}"
	"h1{font-size:24px;line-height:1.2;margin:0 0 16px}h2{font-size:18px;line-height:1.35;margin:32px 0 8px}"
	"p{margin:0 0 16px}dl{margin:0 0 16px;padding-bottom:12px;border-bottom:1px solid #dddeda}"
	"dt{font-weight:600;border-top:1px solid #dddeda;padding-top:12px;margin-top:12px}dd{margin:0;word-break:break-word}"
	"a{color:#1d4f91}.soft{color:#5c5f66;font-size:15px}"
	"@media(prefers-color-scheme:dark){body{background:#17181a;color:#ececea}.card{background:#212326;border-color:#35383d}"
	"dl,dt{border-color:#35383d}a{color:#8ab8f5}.soft{color:#a9adb5}}";

void mail_html_begin(struct text *out, const struct mailing *mailing, const char *title)
{
	const struct catalogue *catalogue = mailing->catalogue ? mailing->catalogue : &message_english;
	escape_markup(out,
		"<!DOCTYPE html>\n<html lang=\"%s\" dir=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
		"<title>%s</title>\n",
		catalogue->tag, catalogue->right_to_left ? "rtl" : "ltr", title);
	text_format(out, "<style>%s</style>\n", style);
	escape_markup(out, "</head>\n<body>\n<div class=\"card\">\n<h1>%s</h1>\n", title);
}

void mail_html_fields(struct text *out, const struct mailing *mailing)
{
	const char *reason = json_string_value(json_object_get(mailing->record, "spam"));
	if (reason)
		escape_markup(out, "<p><strong>%s</strong></p>\n",
			message_fill(mailing->catalogue, MESSAGE_SUSPECT, mailing->arena, "reason", reason, NULL));
	if (mailing->rows_n)
		text_put(out, "<dl>\n");
	for (size_t i = 0; i < mailing->rows_n; i++) {
		escape_markup(out, "<dt>%s</dt>\n", mailing->rows[i].label);
		for (size_t k = 0; k < mailing->rows[i].n; k++) {
			text_put(out, "<dd dir=\"auto\">");
			mail_fill_html(out, mailing->rows[i].values[k]);
			text_put(out, "</dd>\n");
		}
	}
	if (mailing->rows_n)
		text_put(out, "</dl>\n");
	for (size_t i = 0; i < mailing->files_n; i++)
		if (mailing->files[i].shown)
			escape_markup(out, "<p>%s</p>\n", mailing_file_line(mailing, &mailing->files[i]));
}

void mail_html_links(struct text *out, const struct mailing *mailing)
{
	const struct catalogue *catalogue = mailing->catalogue;
	if (mailing->desk)
		escape_markup(out, "<p><a href=\"%s\">%s</a> \xc2\xb7 <a href=\"%s\">%s</a> \xc2\xb7 <a href=\"%s\">%s</a></p>\n",
			mailing->desk, message_text(catalogue, MESSAGE_DESK), mailing_question(mailing, "spam"), mailing_spam_word(mailing),
			mailing_question(mailing, "erase"), message_text(catalogue, MESSAGE_MAIL_ERASE));
	if (mailing->outcome)
		escape_markup(out, "<p class=\"soft\">%s <a href=\"%s\">%s</a></p>\n", message_text(catalogue, MESSAGE_REFERENCE),
			mailing->outcome, mailing->id);
}

void mail_html_end(struct text *out)
{
	text_put(out, "</div>\n</body>\n</html>\n");
}

static void put_html_text(struct text *out, const struct mailing *mailing)
{
	if (mailing->task->text)
		escape_markup(out, "<p>%s</p>\n", mail_fill_line(mailing, mailing->task->text));
}

const char *mail_html_write(const struct mailing *mailing)
{
	struct text out = {.arena = mailing->arena};
	const char *template = mail_template_read(mailing->task->html_file, mailing->arena);
	if (template) {
		mail_html_fields(&out, mailing);
		return mail_fill_template(mailing, template, text_string(&out), true);
	}
	if (!mailing->task->html || mailing->task->text_file)
		return NULL;
	mail_html_begin(&out, mailing, mailing->form->title);
	put_html_text(&out, mailing);
	mail_html_fields(&out, mailing);
	escape_markup(&out, "<p class=\"soft\">%s</p>\n", mailing->date);
	mail_html_links(&out, mailing);
	mail_html_end(&out);
	return text_string(&out);
}
