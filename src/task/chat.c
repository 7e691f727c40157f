/*
 * A message has a line for each value, and at the end the address of the outcome. It is cut where the strictest of the services would
 * refuse it. Services that read markup in a text get the text escaped; the others are told to read none.
 */
#include "task/chat.h"

#include <string.h>

#include "base/ascii.h"
#include "base/json.h"
#include "base/utf8.h"
#include "task/mail_fill.h"
#include "task/mailing.h"

/* Discord takes 2,000 characters, of which the address needs some. */
enum { MESSAGE_BYTES = 1700 };

/* --- escaping, a character at a time ------------------------------------------------------------------------------- */

static void put_plain(struct text *out, const char *c, size_t n, char before)
{
	(void)before;
	text_add(out, c, n);
}

/* Slack takes <…> for links and for calls such as <!channel>. */
static void put_slack(struct text *out, const char *c, size_t n, char before)
{
	(void)before;
	if (*c == '&' || *c == '<' || *c == '>')
		text_put(out, *c == '&' ? "&amp;" : *c == '<' ? "&lt;" : "&gt;");
	else
		text_add(out, c, n);
}

/* Discord and Mattermost read Markdown, and @all calls everybody; the @ inside an e-mail address does not. */
static void put_markdown(struct text *out, const char *c, size_t n, char before)
{
	if (*c && strchr("\\`*_~|[]()#>", *c))
		text_byte(out, '\\');
	text_add(out, c, n);
	if (*c == '@' && !ascii_is_alphanumeric(before))
		text_put(out, "\xe2\x80\x8b"); /* U+200B, a space without width */
}

/* --- a body for each service --------------------------------------------------------------------------------------- */

/* A message as its service needs it, with the address of the outcome as its last line, if there is one. */
struct chat {
	const char *text, *address;
};

static json_t *slack_message(const struct chat *chat)
{
	return json_pack("{ss sb sb}", "text", chat->text, "mrkdwn", 0, "unfurl_links", 0);
}

/* 4 keeps Discord from showing previews of links. */
static json_t *discord_message(const struct chat *chat)
{
	return json_pack("{ss s{s[]} si}", "content", chat->text, "allowed_mentions", "parse", "flags", 4);
}

static json_t *mattermost_message(const struct chat *chat)
{
	return json_pack("{ss}", "text", chat->text);
}

static json_t *matrix_message(const struct chat *chat)
{
	return json_pack("{ss ss s{}}", "msgtype", "m.text", "body", chat->text, "m.mentions");
}

static json_t *telegram_message(const struct chat *chat)
{
	return json_pack("{ss s{sb}}", "text", chat->text, "link_preview_options", "is_disabled", 1);
}

/* Of the blocks of a card, only this one reads no markup; it has no line ends either, so there is one for each line. */
static json_t *teams_block(const char *line, size_t n)
{
	return json_made(json_pack("{ss s[{ss ss%}]}", "type", "RichTextBlock", "inlines", "type", "TextRun", "text", line, n));
}

static json_t *teams_message(const struct chat *chat)
{
	json_t *blocks = json_made(json_array()), *actions = json_made(json_array());
	for (const char *line = chat->text; *line && !(chat->address && strcmp(line, chat->address) == 0);) {
		size_t n = strcspn(line, "\n");
		json_array_append_new(blocks, teams_block(line, n));
		line += n + (line[n] == '\n');
	}
	if (chat->address) /* which would be no link in a block */
		json_array_append_new(actions,
			json_made(json_pack("{ss ss ss}", "type", "Action.OpenUrl", "title", chat->address, "url", chat->address)));
	return json_pack("{ss s[{ss s{ss ss so so}}]}", "type", "message", "attachments", "contentType",
		"application/vnd.microsoft.card.adaptive", "content", "type", "AdaptiveCard", "version", "1.4", "body", blocks, "actions",
		actions);
}

static const struct {
	void (*put)(struct text *, const char *c, size_t n, char before);
	json_t *(*message)(const struct chat *); /* NULL: the text alone is the body */
} chats[] = {
	[STYLE_SLACK] = {put_slack, slack_message},
	[STYLE_DISCORD] = {put_markdown, discord_message},
	[STYLE_MATRIX] = {put_plain, matrix_message},
	[STYLE_NTFY] = {put_plain, NULL},
	[STYLE_TELEGRAM] = {put_plain, telegram_message},
	[STYLE_MATTERMOST] = {put_markdown, mattermost_message},
	[STYLE_TEAMS] = {put_plain, teams_message},
};

const char *chat_type(enum task_style style)
{
	return style == STYLE_NTFY ? "text/plain; charset=utf-8" : "application/json";
}

/* --- the text ------------------------------------------------------------------------------------------------------- */

/* Writes the message as plain text, of any length. */
static struct text write_chat(const struct mailing *mailing)
{
	const struct task *task = mailing->task;
	struct text out = {.arena = mailing->arena};
	text_format(&out, "%s\n", task->text ? mail_fill_line(mailing, task->text) : mailing->form->title);
	for (size_t i = 0; i < mailing->rows_n; i++) {
		const struct mail_row *row = &mailing->rows[i];
		text_format(&out, "%s: ", row->label);
		for (size_t k = 0; k < row->n; k++)
			text_format(&out, "%s%s", k ? ", " : "", row->values[k]);
		text_put(&out, "\n");
	}
	for (size_t i = 0; i < mailing->files_n; i++)
		text_format(&out, "%s (%" JSON_INTEGER_FORMAT " bytes)\n", mailing->files[i].name, mailing->files[i].size);
	return out;
}

/* Appends the text as the style needs it; control characters become blanks. What is too long is cut between two characters. */
static void put_message(struct text *out, enum task_style style, const struct text *text)
{
	char before = ' ';
	for (const char *c = text_string(text), *end = c + text->length; c < end;) {
		size_t n = utf8_sequence(c, (size_t)(end - c));
		bool control = (unsigned char)*c < ' ' && *c != '\n';
		if (out->length >= MESSAGE_BYTES) {
			text_put(out, "\xe2\x80\xa6\n");
			return;
		}
		if (n && !control && *c != 0x7f)
			chats[style].put(out, c, n, before);
		else
			text_byte(out, ' ');
		before = *c;
		c += n ? n : 1;
	}
}

struct text chat_compose(
	const struct config *config, const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	const struct mailing mailing = mailing_begin(config, form, task, record, arena);
	const struct text text = write_chat(&mailing);
	struct text message = {.arena = arena}, out = {.arena = arena};
	put_message(&message, task->style, &text);
	const char *address = mailing.desk ? mailing.desk : mailing.outcome;
	text_put(&message, address ? address : "");
	if (!chats[task->style].message)
		return message;
	json_t *json = json_made(chats[task->style].message(&(struct chat){text_string(&message), address}));
	json_write(&out, json, JSON_COMPACT);
	json_decref(json);
	return out;
}
