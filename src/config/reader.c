/* Readers of one word or number; those of URIs and lists stand in files of their own. */
#include "config/reader.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "base/unit.h"
#include "config/mailbox.h"
#include "http/encoding.h"
#include "http/media.h"

enum { PATH_LENGTH = 1024 };

bool reader_is_name(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
	return n > 0 && !text[n] && n <= CONFIG_NAME_MAX && text[0] != '-' && text[0] != '_';
}

const char *reader_text(const struct setting_source *source, const char *text, void *into)
{
	*(const char **)into = *text ? arena_copy(source->arena, text, strlen(text)) : NULL;
	return NULL;
}

const char *reader_yes_no(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	return unit_yes_no_read(text, into) ? NULL : "takes yes or no";
}

const char *reader_size(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	return unit_size_read(text, into) ? NULL : "takes a size such as 500, 64K or 2M";
}

const char *reader_count(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	return unit_count_read(text, into) ? NULL : "takes a whole number";
}

const char *reader_data(const struct setting_source *source, const char *text, void *into)
{
	if (!*text || strlen(text) > PATH_LENGTH)
		return "takes the path of a folder";
	const char *file = source->file, *slash = strrchr(file, '/');
	struct text path = {.arena = source->arena};
	text_add(&path, file, *text != '/' && slash ? (size_t)(slash - file) + 1 : 0);
	text_put(&path, text);
	*(const char **)into = text_string(&path);
	return NULL;
}

const char *reader_node(const struct setting_source *source, const char *text, void *into)
{
	if (*text && !reader_is_name(text))
		return "takes a short name of letters, digits and hyphens";
	*(const char **)into = arena_copy(source->arena, text, strlen(text));
	return NULL;
}

const char *reader_show(const struct setting_source *source, const char *text, void *into)
{
	if (!*text)
		return "takes all, none or names of fields";
	struct form_show *show = into;
	show->which = strcmp(text, "all") == 0 ? SHOW_ALL : strcmp(text, "none") == 0 ? SHOW_NONE : SHOW_NAMED;
	return reader_text(source, text, &show->names);
}

const char *reader_path(const struct setting_source *source, const char *text, void *into)
{
	return *text ? reader_data(source, text, into) : NULL;
}

const char *reader_duration(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	return unit_duration_read(text, into) ? NULL : "takes a duration such as 3s, 10m, 24h or 90d";
}

const char *reader_withdraw(const struct setting_source *source, const char *text, void *into)
{
	return reader_duration(source, strcmp(text, "never") == 0 ? "0" : text, into) ? "takes never, or a duration such as 1h" : NULL;
}

const char *reader_keep(const struct setting_source *source, const char *text, void *into)
{
	bool forever = strcmp(text, "forever") == 0, given = !reader_duration(source, forever ? "0" : text, into) && *(uint64_t *)into;
	return forever || given ? NULL : "takes forever, or a duration such as 90d";
}

const char *reader_rate(const struct setting_source *source, const char *text, void *into)
{
	struct rate *rate = into;
	(void)source;
	return !*text || unit_rate_read(text, &rate->count, &rate->seconds) ? NULL : "takes a rate such as 10/minute or 100/day";
}

const char *reader_idempotency(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	*(bool *)into = strcmp(text, "required") == 0;
	return *(bool *)into || strcmp(text, "optional") == 0 ? NULL : "takes optional or required";
}

const char *reader_type(const struct setting_source *source, const char *text, void *into)
{
	size_t n = strcspn(text, "/");
	bool type = text[n] && media_is_token((struct span){text, n}) && media_is_token(span_of(text + n + 1));
	if (*text && !type)
		return "takes a media type such as text/html";
	return reader_text(source, text, into);
}

const char *reader_status(const struct setting_source *source, const char *text, void *into)
{
	static const struct {
		const char *text;
		int status;
	} statuses[] = {{"301", 301}, {"302", 302}, {"303", 303}, {"307", 307}, {"308", 308}};
	(void)source;
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (strcmp(text, statuses[i].text) == 0) {
			*(int *)into = statuses[i].status;
			return NULL;
		}
	return "takes 301, 302, 303, 307 or 308";
}

const char *reader_query(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	*(bool *)into = strcmp(text, "keep") == 0;
	return *(bool *)into || strcmp(text, "drop") == 0 ? NULL : "takes keep or drop";
}

const char *reader_mailbox(const struct setting_source *source, const char *text, void *into)
{
	struct mailboxes read = {0};
	if (*text && (!mailbox_read(text, &read, source->arena) || read.n > 1))
		return "takes one e-mail address, such as owner@example.org or Ada Lovelace <ada@example.org>";
	*(struct mailbox *)into = read.n ? read.boxes[0] : (struct mailbox){0};
	return NULL;
}

const char *reader_charset(const struct setting_source *source, const char *text, void *into)
{
	const char *name = encoding_find(span_of(text));
	(void)source;
	if (!name || strncmp(name, "UTF-16", 6) == 0)
		return "takes the charset of a page, such as utf-8, windows-1252 or shift_jis";
	*(const char **)into = strcmp(name, "UTF-8") == 0 ? NULL : name;
	return NULL;
}

const char *reader_suspicious(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	*(bool *)into = strcmp(text, "only") == 0;
	return *(bool *)into || strcmp(text, "no") == 0 ? NULL : "takes no or only";
}

const char *reader_mode(const struct setting_source *source, const char *text, void *into)
{
	(void)source;
	*(bool *)into = strcmp(text, "group") == 0;
	return *(bool *)into || strcmp(text, "private") == 0 ? NULL : "takes private or group";
}

const char *reader_style(const struct setting_source *source, const char *text, void *into)
{
	static const char *const styles[] = {[STYLE_JSON] = "json",
		[STYLE_SLACK] = "slack",
		[STYLE_DISCORD] = "discord",
		[STYLE_MATRIX] = "matrix",
		[STYLE_NTFY] = "ntfy",
		[STYLE_TELEGRAM] = "telegram",
		[STYLE_MATTERMOST] = "mattermost",
		[STYLE_TEAMS] = "teams"};
	(void)source;
	for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
		if (strcmp(text, styles[i]) == 0) {
			*(enum task_style *)into = (enum task_style)i;
			return NULL;
		}
	return "takes json, slack, discord, matrix, ntfy, telegram, mattermost or teams";
}
