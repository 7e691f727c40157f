/* Webhooks: an outcome as a request that curl makes, the record itself (Standard Webhooks) or a message to a chat. */
#ifndef WEBHOOK_H
#define WEBHOOK_H

#include <jansson.h>
#include <time.h>

#include "base/span.h"
#include "base/text.h"
#include "config/config.h"
#include "task/run.h"

/* What curl reads: its configuration on standard input, and the body of the request as descriptor 3. */
struct webhook {
	struct text options, body;
};

/*
 * Composes the request of a webhook task for a record, whose line in the log is given too, in the arena. Gives NULL, or what is wrong
 * with the task's secrets.
 */
const char *webhook_compose(struct webhook *, const struct config *, const struct form *, const struct task *, struct span line,
	const json_t *record, time_t now, struct arena *);

/* Gives curl's arguments, in the arena. */
const char **webhook_command(const struct config *, struct arena *);

/* Tells by the run's error, the last line that curl wrote, what became of the request; makes the line one for people. */
enum run_end webhook_end(struct run *, enum run_end);

#endif
