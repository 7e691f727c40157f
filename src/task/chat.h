/* Messages to chats: an outcome as a short text, in what each chat service takes. */
#ifndef CHAT_H
#define CHAT_H

#include <jansson.h>

#include "base/text.h"
#include "config/config.h"

/*
 * Gives the body of a request that posts a record to the chat of the task's style, in the arena. What visitors typed is plain text there:
 * it makes no markup and calls nobody.
 */
struct text chat_compose(const struct config *, const struct form *, const struct task *, const json_t *record, struct arena *);

/* Gives the media type of that body. */
const char *chat_type(enum task_style);

#endif
