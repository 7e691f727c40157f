/* Messages; see message.h. */
#include "config/message.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/span.h"
#include "base/text.h"

#define MESSAGE_TEXT(name, english) english,
const struct catalogue message_english = {"en", false, {MESSAGE_LIST(MESSAGE_TEXT)}};
#undef MESSAGE_TEXT

#define MESSAGE_KEY(name, english) #name,
static const char *const keys[MESSAGES] = {MESSAGE_LIST(MESSAGE_KEY)};
#undef MESSAGE_KEY

const char *message_text(const struct catalogue *catalogue, enum message message)
{
	const char *text = catalogue ? catalogue->texts[message] : NULL;
	return text ? text : message_english.texts[message];
}

/* Gives the span of a hole's name in "{name}…", empty where the brace begins none. */
static struct span placeholder_at(const char *brace)
{
	size_t n = strspn(brace + 1, "abcdefghijklmnopqrstuvwxyz");
	return (struct span){brace + 1, brace[n + 1] == '}' ? n : 0};
}

static const char *value_for(struct span hole, va_list arguments)
{
	const char *name;
	while ((name = va_arg(arguments, const char *))) {
		const char *value = va_arg(arguments, const char *);
		if (span_is(hole, name))
			return value;
	}
	return NULL;
}

const char *message_fill(const struct catalogue *catalogue, enum message message, struct arena *arena, ...)
{
	struct text text = {.arena = arena};
	for (const char *c = message_text(catalogue, message); *c;) {
		va_list arguments;
		size_t plain = strcspn(c, "{");
		text_add(&text, c, plain);
		c += plain;
		if (!*c)
			break;
		struct span hole = placeholder_at(c);
		va_start(arguments, arena);
		const char *value = hole.length ? value_for(hole, arguments) : NULL;
		va_end(arguments);
		if (value)
			text_put(&text, value);
		else
			text_byte(&text, *c);
		c += value ? hole.length + 2 : 1;
	}
	return text_string(&text);
}

const char *message_date(const struct catalogue *catalogue, time_t moment, struct arena *arena)
{
	char stamp[DATE_STAMP]; /* YYYY-MM-DDThh:mm:ss */
	date_stamp_write(stamp, (struct timespec){.tv_sec = moment});
	unsigned month = (unsigned)((stamp[5] - '0') * 10 + stamp[6] - '0'), zero = stamp[8] == '0';
	return message_fill(catalogue, MESSAGE_DATE, arena, "day", arena_copy(arena, stamp + 8 + zero, 2 - zero), "month",
		message_text(catalogue, MESSAGE_JANUARY + month - 1), "year", arena_copy(arena, stamp, 4), "time",
		arena_copy(arena, stamp + 11, 5), NULL);
}

const char *message_key(enum message message, struct arena *arena)
{
	char *key = arena_copy(arena, keys[message], strlen(keys[message]));
	for (char *c = key; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return key;
}

enum message message_keyed(const char *key)
{
	for (size_t i = 0; i < MESSAGES; i++)
		if (strcasecmp(keys[i], key) == 0)
			return (enum message)i;
	return MESSAGES;
}

const char *message_strange_hole(enum message message, const char *text, struct arena *arena)
{
	for (const char *brace = text; (brace = strchr(brace, '{')); brace++) {
		struct span hole = placeholder_at(brace);
		const char *whole = text_printed(arena, "{%.*s}", (int)hole.length, hole.bytes);
		if (!strstr(message_english.texts[message], whole))
			return whole;
	}
	return NULL;
}
