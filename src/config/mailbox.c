/* A name with a comma or another sign that has a meaning stands in double quotes, in which a backslash precedes a quote. */
#include "config/mailbox.h"

#include <string.h>

#include "base/span.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config/email.h"

/* Gives the bytes before the comma that ends a mailbox, or before the end. */
static size_t mailbox_length(const char *text)
{
	bool quoted = false;
	size_t n = 0;
	for (; text[n] && (quoted || text[n] != ','); n++)
		if (quoted && text[n] == '\\' && text[n + 1])
			n++;
		else if (text[n] == '"')
			quoted = !quoted;
	return n;
}

/* Gives a name without its quotes, in the arena; NULL if it is invalid. */
static const char *read_mailbox_name(struct span text, struct arena *arena)
{
	struct text name = {.arena = arena};
	bool quoted = text.length > 1 && text.bytes[0] == '"' && text.bytes[text.length - 1] == '"';
	const char *c = text.bytes + quoted, *end = text.bytes + text.length - quoted;
	for (; c < end; c++) {
		if (quoted && *c == '\\' && c + 1 < end)
			c++;
		else if (*c == '"' || (!quoted && strchr("<>@", *c)))
			return NULL;
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return NULL;
		text_byte(&name, *c);
	}
	const char *read = text_string(&name);
	return *read && strlen(read) <= MAILBOX_NAME_MAX && utf8_valid(span_of(read)) ? read : NULL;
}

static bool read_mailbox(struct span text, struct mailbox *box, struct arena *arena)
{
	*box = (struct mailbox){0};
	text = span_trim(text);
	if (text.length && text.bytes[text.length - 1] == '>') {
		size_t n = text.length;
		while (n && text.bytes[n - 1] != '<')
			n--;
		struct span name = n ? span_trim((struct span){text.bytes, n - 1}) : (struct span){"", 0};
		box->name = name.length ? read_mailbox_name(name, arena) : NULL;
		if (!n || (name.length && !box->name))
			return false;
		text = (struct span){text.bytes + n, text.length - n - 1};
	}
	box->address = arena_copy(arena, text.bytes, text.length);
	return email_valid(box->address);
}

bool mailbox_read(const char *text, struct mailboxes *mailboxes, struct arena *arena)
{
	size_t most = 1, n = 0;
	for (const char *c = text; (c = strchr(c, ',')); c++)
		most++;
	struct mailbox *boxes = arena_take(arena, most * sizeof *boxes);
	for (;;) {
		size_t length = mailbox_length(text);
		if (!read_mailbox((struct span){text, length}, &boxes[n++], arena))
			return false;
		text += length;
		if (!*text)
			break;
		text++;
	}
	*mailboxes = (struct mailboxes){boxes, n};
	return true;
}
