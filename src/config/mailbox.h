/* Mailboxes: e-mail addresses with or without a name (RFC 5322 §3.4). */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { MAILBOX_NAME_MAX = 100 /* bytes */ };

struct mailbox {
	const char *name;    /* or NULL */
	const char *address; /* NULL: there is no mailbox */
};

struct mailboxes {
	const struct mailbox *boxes;
	size_t n;
};

/* Reads mailboxes, parted by commas, into the arena: ada@example.org, Ada Lovelace <ada@example.org>; false if one is invalid. */
bool mailbox_read(const char *text, struct mailboxes *, struct arena *);

#endif
