/* Below the two hyphens, which readers leave out of a reply (RFC 3676 §4.3), stands where the outcome is found. */
#include "task/mail_text.h"

#include <string.h>

#include "task/mail_fill.h"
#include "task/mail_template.h"

static void put_mail_row(struct text *out, const struct mail_row *row)
{
	text_format(out, "%s:\n", row->label);
	for (size_t i = 0; i < row->n; i++)
		text_format(out, "%s\n", row->values[i]);
	text_put(out, "\n");
}

void mail_text_fields(struct text *out, const struct mailing *mailing)
{
	const char *reason = json_string_value(json_object_get(mailing->record, "spam"));
	bool any_file = false;
	if (reason)
		text_format(out, "%s\n\n",
			message_fill(
				mailing->catalogue, MESSAGE_SUSPECT, mailing->arena, "reason", mailing_line(mailing->arena, reason), NULL));
	for (size_t i = 0; i < mailing->rows_n; i++)
		put_mail_row(out, &mailing->rows[i]);
	for (size_t i = 0; i < mailing->files_n; i++)
		if (mailing->files[i].shown) {
			text_format(out, "%s\n", mailing_file_line(mailing, &mailing->files[i]));
			any_file = true;
		}
	text_put(out, any_file ? "\n" : "");
}

void mail_text_links(struct text *out, const struct mailing *mailing)
{
	if (mailing->outcome)
		text_format(out, "%s\n", mailing->outcome);
	if (mailing->desk)
		text_format(out, "%s: %s\n%s: %s\n%s: %s\n", message_text(mailing->catalogue, MESSAGE_DESK), mailing->desk,
			mailing_spam_word(mailing), mailing_question(mailing, "spam"), message_text(mailing->catalogue, MESSAGE_MAIL_ERASE),
			mailing_question(mailing, "erase"));
}

const char *mail_text_write(const struct mailing *mailing)
{
	struct text out = {.arena = mailing->arena};
	const char *template = mail_template_read(mailing->task->text_file, mailing->arena);
	if (template) {
		mail_text_fields(&out, mailing);
		return mail_fill_template(mailing, template, text_string(&out), false);
	}
	if (mailing->task->text)
		text_format(&out, "%s\n\n", mail_fill_line(mailing, mailing->task->text));
	mail_text_fields(&out, mailing);
	text_format(&out, "-- \n%s, %s\n", mailing->form->title, mailing->date);
	mail_text_links(&out, mailing);
	return text_string(&out);
}
