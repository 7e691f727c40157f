/* Readers; see reader.h. */
#include "config/reader.h"

#include <string.h>

#include "base/ascii.h"
#include "base/span.h"
#include "base/text.h"
#include "base/unit.h"
#include "config/mailbox.h"
#include "config/route.h"
#include "http/address.h"
#include "http/encoding.h"
#include "http/language.h"
#include "http/media.h"
#include "http/origin.h"
#include "http/target.h"

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

/* What may stand in a URI as it is (RFC 3986 §2), braces apart, which each reader looks at. */
static bool has_uri_characters(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f || strchr("\"<>\\^`|", *text))
			return false;
	return true;
}

/* Returns what is wrong with the percent-encoding of a URL, or NULL (RFC 3986 §2.1). */
static const char *wrong_encoding(const char *text)
{
	for (const char *c = text; (c = strchr(c, '%')); c++)
		if (ascii_hex_value(c[1]) < 0 || ascii_hex_value(c[2]) < 0)
			return "takes a % only with two hexadecimal digits after it, such as %20";
	return NULL;
}

bool reader_is_uri(const char *text)
{
	size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	return scheme && text[scheme] == ':' && text[scheme + 1] && has_uri_characters(text) && !strpbrk(text, "{}\"<>");
}

const char *reader_base(const struct setting_source *source, const char *text, void *into)
{
	struct origin origin;
	const char *path;
	if (!*text || wrong_encoding(text))
		return wrong_encoding(text);
	if (!has_uri_characters(text) || !origin_read(text, &origin, &path) || strpbrk(path, "?#{}"))
		return "takes an absolute http or https URL without a query, such as https://example.org/cgi-bin/seeother";
	struct text base = {.arena = source->arena};
	origin_write(&base, &origin);
	text_put(&base, path);
	while (base.bytes[base.length - 1] == '/')
		base.bytes[--base.length] = '\0';
	*(const char **)into = base.bytes;
	return NULL;
}

static bool is_target(const char *text)
{
	struct origin origin;
	const char *rest;
	bool path = text[0] == '/' && text[1] != '/';
	return has_uri_characters(text) && (path || origin_read(text, &origin, &rest));
}

const char *reader_page(const struct setting_source *source, const char *text, void *into)
{
	if (*text && (!is_target(text) || strpbrk(text, "{}")))
		return "takes an absolute http or https URL, or a path that begins with one slash";
	const char *wrong = wrong_encoding(text);
	return wrong ? wrong : reader_text(source, text, into);
}

const char *reader_next(const struct setting_source *source, const char *text, void *into)
{
	static const char *const holes[] = {"{id}", "{form}", "{outcome}"};
	if (*text && !is_target(text))
		return "takes an absolute http or https URL, or a path that begins with one slash";
	for (const char *c = text; (c = strpbrk(c, "{}"));) {
		size_t length = 0;
		for (size_t i = 0; i < sizeof holes / sizeof *holes; i++)
			if (strncmp(c, holes[i], strlen(holes[i])) == 0)
				length = strlen(holes[i]);
		if (!length)
			return "takes no holes but {id}, {form} and {outcome}";
		c += length;
	}
	const char *wrong = wrong_encoding(text);
	return wrong ? wrong : reader_text(source, text, into);
}

const char *reader_show(const struct setting_source *source, const char *text, void *into)
{
	if (!*text)
		return "takes all, none or names of fields";
	struct form_show *show = into;
	show->which = strcmp(text, "all") == 0 ? SHOW_ALL : strcmp(text, "none") == 0 ? SHOW_NONE : SHOW_NAMED;
	return reader_text(source, text, &show->names);
}

const char *reader_sendfile(const struct setting_source *source, const char *text, void *into)
{
	bool yes, path = text[0] == '/' && text[1] != '/' && has_uri_characters(text);
	if (*text && !path && !unit_yes_no_read(text, &yes))
		return "takes yes, no or a path that begins with one slash";
	if (!*text || (!path && !yes))
		return NULL;
	const char *slash = path && text[strlen(text) - 1] != '/' ? "/" : "";
	*(const char **)into = path ? text_printed(source->arena, "%s%s", text, slash) : "yes";
	return NULL;
}

/* Gives the next word of a list that white space or commas part, and moves behind it; empty at the end. */
static struct span next_word(const char **list)
{
	*list += strspn(*list, " \t,");
	struct span word = {*list, strcspn(*list, " \t,")};
	*list += word.length;
	return word;
}

static size_t count_words(const char *list)
{
	size_t n = 0;
	while (next_word(&list).length)
		n++;
	return n;
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

const char *reader_targets(const struct setting_source *source, const char *text, void *into)
{
	if (wrong_encoding(text))
		return wrong_encoding(text);
	for (const char *list = text;;) {
		struct span word = next_word(&list);
		if (!word.length)
			return reader_text(source, text, into);
		if (!target_is_rule(word))
			return "takes absolute http or https URLs, and paths that begin with one slash, without a query";
	}
}

const char *reader_languages(const struct setting_source *source, const char *text, void *into)
{
	struct words *languages = into;
	const char **words = arena_take(source->arena, (count_words(text) + 1) * sizeof *words);
	size_t n = 0;
	for (struct span word; (word = next_word(&text)).length; n++) {
		words[n] = arena_copy(source->arena, word.bytes, word.length);
		if (!language_is_tag(words[n]))
			return "takes languages such as en, de or pt-BR";
	}
	*languages = (struct words){words, n};
	return n ? NULL : "takes languages such as en, de or pt-BR";
}

const char *reader_origins(const struct setting_source *source, const char *text, void *into)
{
	struct words *origins = into;
	const char **words = arena_take(source->arena, (count_words(text) + 1) * sizeof *words);
	size_t n = 0;
	for (struct span word; (word = next_word(&text)).length; n++) {
		struct origin origin;
		const char *rest, *copy = arena_copy(source->arena, word.bytes, word.length);
		struct text written = {.arena = source->arena};
		if (strcmp(copy, "*") == 0) {
			words[n] = copy;
			continue;
		}
		bool app = has_uri_characters(copy) && !strchr(strstr(copy, "://") ? strstr(copy, "://") + 3 : "/", '/') &&
			origin_app_write(&written, copy);
		if (!app && (!has_uri_characters(copy) || !origin_read(copy, &origin, &rest) || (*rest && strcmp(rest, "/") != 0)))
			return "takes origins such as https://example.org or app://host, or *";
		if (!app)
			origin_write(&written, &origin);
		words[n] = written.bytes;
	}
	*origins = (struct words){words, n};
	return NULL;
}

const char *reader_proxies(const struct setting_source *source, const char *text, void *into)
{
	struct proxies *proxies = into;
	struct address_range *ranges = arena_take(source->arena, (count_words(text) + 1) * sizeof *ranges);
	size_t n = 0;
	for (struct span word; (word = next_word(&text)).length; n++)
		if (!address_range_read(word, &ranges[n]))
			return "takes addresses, and ranges of them such as 10.0.0.0/8 or fd00::/8";
	*proxies = (struct proxies){ranges, n};
	return NULL;
}

const char *reader_route(const struct setting_source *source, const char *text, void *into)
{
	bool path = has_uri_characters(text) && !strpbrk(text, "?#%");
	const char *wrong = path ? route_check(text) : "takes a path that begins with a slash, such as /id/{name}";
	return wrong ? wrong : reader_text(source, text, into);
}

const char *reader_target(const struct setting_source *source, const char *text, void *into)
{
	const char *host = *text == '/' ? NULL : strstr(text, "://"), *brace = strchr(text, '{');
	if (!is_target(text) || (host && brace && brace < host + 3 + strcspn(host + 3, "/?#")))
		return "takes an absolute http or https URL, or a path that begins with one slash";
	const char *wrong = wrong_encoding(text);
	return wrong ? wrong : reader_text(source, text, into);
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

const char *reader_names(const struct setting_source *source, const char *text, void *into)
{
	struct words *names = into;
	const char **words = arena_take(source->arena, (count_words(text) + 1) * sizeof *words);
	size_t n = 0;
	for (struct span word; (word = next_word(&text)).length; n++) {
		words[n] = arena_copy(source->arena, word.bytes, word.length);
		if (!reader_is_name(words[n]))
			return "takes names of tasks, separated by commas";
	}
	*names = (struct words){words, n};
	return NULL;
}

const char *reader_columns(const struct setting_source *source, const char *text, void *into)
{
	struct words *names = into;
	const char **words = arena_take(source->arena, (count_words(text) + 1) * sizeof *words);
	size_t n = 0;
	for (struct span word; (word = next_word(&text)).length; n++)
		words[n] = arena_copy(source->arena, word.bytes, word.length);
	*names = (struct words){words, n};
	return n <= FORM_COLUMNS_MAX ? NULL : "takes up to 20 names of fields, separated by commas";
}

/* Takes one argument off the front of a command, its quotes resolved, into the arena; NULL where a quote is not closed. */
static const char *next_argument(const char **command, struct arena *arena)
{
	struct text argument = {.arena = arena};
	char quote = '\0';
	for (; **command && (quote || !strchr(" \t", **command)); (*command)++) {
		char c = **command;
		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? '\0' : c;
		else
			text_byte(&argument, c);
	}
	*command += strspn(*command, " \t");
	return quote ? NULL : text_string(&argument);
}

const char *reader_command(const struct setting_source *source, const char *text, void *into)
{
	struct words *command = into;
	const char **words = arena_take(source->arena, (strlen(text) + 2) * sizeof *words);
	size_t n = 0;
	text += strspn(text, " \t");
	if (*text && *text != '/')
		return "takes the whole path of a program, and its arguments";
	while (*text)
		if (!(words[n++] = next_argument(&text, source->arena)))
			return "takes a command whose quotes are closed";
	*command = (struct words){words, n};
	return NULL;
}

const char *reader_mailbox(const struct setting_source *source, const char *text, void *into)
{
	struct mailboxes read = {0};
	if (*text && (!mailbox_read(text, &read, source->arena) || read.n > 1))
		return "takes one e-mail address, such as owner@example.org or Ada Lovelace <ada@example.org>";
	*(struct mailbox *)into = read.n ? read.boxes[0] : (struct mailbox){0};
	return NULL;
}

const char *reader_mailboxes(const struct setting_source *source, const char *text, void *into)
{
	struct mailboxes *mailboxes = into;
	*mailboxes = (struct mailboxes){0};
	if (*text && !mailbox_read(text, mailboxes, source->arena))
		return "takes e-mail addresses separated by commas, such as owner@example.org, Ada Lovelace <ada@example.org>";
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

const char *reader_webhook(const struct setting_source *source, const char *text, void *into)
{
	if (*text && (*text == '/' || !is_target(text) || strpbrk(text, "{}#")))
		return "takes an absolute http or https URL without a fragment";
	const char *wrong = wrong_encoding(text);
	return wrong ? wrong : reader_text(source, text, into);
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
