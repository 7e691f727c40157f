/* A mail has a header, and a body of plain text, HTML and files; each is written by a file of its own. */
#include "task/mail.h"

#include "task/mail_body.h"
#include "task/mail_fill.h"
#include "task/mail_head.h"
#include "task/mail_html.h"
#include "task/mail_text.h"
#include "task/mailing.h"

const char *mail_recipient(const struct form *form, const struct task *task, const json_t *record)
{
	return task->kind == TASK_MAIL ? task->mail.boxes[0].address : mail_head_visitor(form, task, record);
}

const struct text *mail_compose(
	const struct config *config, const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	struct text *out = arena_take(arena, sizeof *out);
	*out = (struct text){.arena = arena};
	if (!mail_recipient(form, task, record) || !json_is_string(json_object_get(record, "id")))
		return NULL;
	struct mailing mailing = mailing_begin(config, form, task, record, arena);
	const struct mail_head head = {
		.subject = task->subject ? mail_fill_line(&mailing, task->subject) : NULL, .mark = mailing.id, .about_visitor = true};
	mailing_read_files(&mailing);
	mail_head_write(out, &mailing, &head);
	mail_body_write(out, mailing.id, mail_text_write(&mailing), mail_html_write(&mailing), mailing.files, mailing.files_n);
	return out;
}
