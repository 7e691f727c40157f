/*
 * A message has a line for each value, and at the end the address of the outcome. It is cut where the strictest of the services would
 * refuse it. Services that read markup in a text get the text escaped; the others are told to read none.
 */
#include "task/chat.h"

#include <string.h>

#include "base/ascii.h"
#include "base/json.h"
#include "base/span.h"
#include "base/utf8.h"
#include "config/option_list.h"
#include "keep/record.h"
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

static json_t *slack_message(const char *text)
{
	return json_pack("{ss sb sb}", "text", text, "mrkdwn", 0, "unfurl_links", 0);
}

/* 4 keeps Discord from showing previews of links. */
static json_t *discord_message(const char *text)
{
	return json_pack("{ss s{s[]} si}", "content", text, "allowed_mentions", "parse", "flags", 4);
}

static json_t *mattermost_message(const char *text)
{
	return json_pack("{ss}", "text", text);
}

static json_t *matrix_message(const char *text)
{
	return json_pack("{ss ss s{}}", "msgtype", "m.text", "body", text, "m.mentions");
}

static json_t *telegram_message(const char *text)
{
	return json_pack("{ss s{sb}}", "text", text, "link_preview_options", "is_disabled", 1);
}

/* Of the blocks of a card, only this one reads no markup; it has no line ends either, so there is one for each line. */
static json_t *teams_message(const char *text)
{
	json_t *blocks = json_made(json_array());
	while (*text) {
		size_t n = strcspn(text, "\n");
		json_array_append_new(blocks,
			json_made(json_pack("{ss s[{ss ss%}]}", "type", "RichTextBlock", "inlines", "type", "TextRun", "text", text, n)));
		text += n + (text[n] == '\n');
	}
	return json_pack("{ss s[{ss s{ss ss so}}]}", "type", "message", "attachments", "contentType",
		"application/vnd.microsoft.card.adaptive", "content", "type", "AdaptiveCard", "version", "1.4", "body", blocks);
}

static const struct {
	void (*put)(struct text *, const char *c, size_t n, char before);
	json_t *(*message)(const char *text); /* NULL: the text alone is the body */
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

static void put_chat_value(struct text *out, const struct field *field, const json_t *value)
{
	struct span text = {json_string_value(value), json_string_length(value)};
	if (text.bytes && field)
		text = field->options.n ? span_of(option_list_label(&field->options, text.bytes)) : text;
	text_add(out, text.bytes, text.length);
}

static void put_chat_values(struct text *out, const char *label, const struct field *field, const json_t *value)
{
	const json_t *one;
	size_t i;
	text_format(out, "%s: ", label);
	put_chat_value(out, field, value);
	json_array_foreach(value, i, one) {
		text_put(out, i ? ", " : "");
		put_chat_value(out, field, one);
	}
	text_put(out, "\n");
}

static bool says_field(const struct field *field)
{
	return !field || (field->type != FIELD_TRAP && field->type != FIELD_FILE);
}

/* Writes the message as plain text, of any length. */
static struct text write_chat(
	const struct config *config, const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	struct text out = {.arena = arena};
	struct mailing mailing = mailing_begin(config, form, task, record, arena);
	const char *name;
	json_t *value;
	size_t i;
	text_format(&out, "%s\n", task->text ? mail_fill_line(&mailing, task->text) : form->title);
	json_object_foreach(json_object_get(record, "fields"), name, value) {
		const struct field *field = form_field(form, span_of(name));
		if (says_field(field))
			put_chat_values(&out, field ? field->label : name, field, value);
	}
	json_object_foreach(json_object_get(record, "extra"), name, value)
		if (*name != '_')
			put_chat_values(&out, name, NULL, value);
	json_array_foreach(json_object_get(record, "files"), i, value)
		text_format(&out, "%s (%" JSON_INTEGER_FORMAT " bytes)\n", record_file_name(arena, value),
			json_integer_value(json_object_get(value, "size")));
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

/* Appends the address of the outcome: that of the owner's page, if anybody owns the form. */
static void put_chat_address(struct text *out, const struct config *config, const struct form *form, const json_t *record)
{
	const char *id = json_string_value(json_object_get(record, "id"));
	bool owned = form->owners || config->owners;
	if (config->base && id)
		text_format(out, "%s/%s%s/%s", config->base, owned ? "-/" : "", form->name, id);
}

struct text chat_compose(
	const struct config *config, const struct form *form, const struct task *task, const json_t *record, struct arena *arena)
{
	struct text text = write_chat(config, form, task, record, arena), message = {.arena = arena}, out = {.arena = arena};
	put_message(&message, task->style, &text);
	put_chat_address(&message, config, form, record);
	if (!chats[task->style].message)
		return message;
	json_t *json = json_made(chats[task->style].message(text_string(&message)));
	json_write(&out, json, JSON_COMPACT);
	json_decref(json);
	return out;
}
