/* Lists are copied into the arena. White space, a comma, or both separate their words. */
#include "config/reader_list.h"

#include <string.h>

#include "base/text.h"
#include "config/mailbox.h"
#include "config/reader.h"
#include "http/address.h"
#include "http/language.h"

struct span reader_list_next(const char **list)
{
	*list += strspn(*list, " \t,");
	struct span word = {*list, strcspn(*list, " \t,")};
	*list += word.length;
	return word;
}

size_t reader_list_count(const char *list)
{
	size_t n = 0;
	while (reader_list_next(&list).length)
		n++;
	return n;
}

/* Fills a struct words; false if one of them is not sound, where a function tells that. */
static bool read_words(const struct setting_source *source, const char *text, void *into, bool (*is_sound)(const char *))
{
	const char **words = arena_take(source->arena, (reader_list_count(text) + 1) * sizeof *words);
	size_t n = 0;
	for (struct span word; (word = reader_list_next(&text)).length; n++) {
		words[n] = arena_copy(source->arena, word.bytes, word.length);
		if (is_sound && !is_sound(words[n]))
			return false;
	}
	*(struct words *)into = (struct words){words, n};
	return true;
}

const char *reader_list_languages(const struct setting_source *source, const char *text, void *into)
{
	const struct words *languages = into;
	bool sound = read_words(source, text, into, language_is_tag) && languages->n;
	return sound ? NULL : "takes languages such as en, de or pt-BR";
}

const char *reader_list_names(const struct setting_source *source, const char *text, void *into)
{
	return read_words(source, text, into, reader_is_name) ? NULL : "takes names of tasks, separated by commas";
}

const char *reader_list_columns(const struct setting_source *source, const char *text, void *into)
{
	const struct words *names = into;
	read_words(source, text, into, NULL);
	return names->n <= FORM_COLUMNS_MAX ? NULL : "takes up to 20 names of fields, separated by commas";
}

const char *reader_list_proxies(const struct setting_source *source, const char *text, void *into)
{
	struct proxies *proxies = into;
	struct address_range *ranges = arena_take(source->arena, (reader_list_count(text) + 1) * sizeof *ranges);
	size_t n = 0;
	for (struct span word; (word = reader_list_next(&text)).length; n++)
		if (!address_range_read(word, &ranges[n]))
			return "takes addresses, and ranges of them such as 10.0.0.0/8 or fd00::/8";
	*proxies = (struct proxies){ranges, n};
	return NULL;
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

const char *reader_list_command(const struct setting_source *source, const char *text, void *into)
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

const char *reader_list_mailboxes(const struct setting_source *source, const char *text, void *into)
{
	struct mailboxes *mailboxes = into;
	*mailboxes = (struct mailboxes){0};
	if (*text && !mailbox_read(text, mailboxes, source->arena))
		return "takes e-mail addresses separated by commas, such as owner@example.org, Ada Lovelace <ada@example.org>";
	return NULL;
}
