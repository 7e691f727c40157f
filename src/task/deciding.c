/* Each form has its turn for a moment, so that a form with many lines does not keep the jobs of others waiting. */
#include "task/deciding.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/diag.h"
#include "keep/decided_nodes.h"
#include "keep/generation.h"
#include "keep/log.h"

enum { LOOK_SECONDS = 60, AGAIN_SECONDS = 10, REMOVE_SECONDS = 60 * 60 };

/* How long a turn may take, in microseconds. */
#define TURN (DATE_SECOND / 5)

void deciding_begin(struct deciding *deciding, const struct config *config)
{
	*deciding = (struct deciding){.config = config};
	if (*config->node && !(deciding->forms = calloc(config->forms_n + 1, sizeof *deciding->forms)))
		diag_die("out of memory");
}

void deciding_end(struct deciding *deciding)
{
	free(deciding->forms);
	*deciding = (struct deciding){.config = NULL};
}

const struct decided *deciding_of(const struct deciding *deciding, const struct form *form)
{
	return deciding->forms ? &deciding->forms[form - deciding->config->forms].decided : NULL;
}

static bool has_elapsed(time_t since, time_t seconds, time_t now)
{
	return now < since || now - since >= seconds;
}

/* Removes the generations of a form that nobody needs. What fails is tried again an hour later. */
static void remove_claims(const struct log *log)
{
	uint64_t oldest, newest, needed;
	int failed = generation_range(log, &oldest, &newest);
	if (!failed && newest < 3)
		return;
	if (failed || decided_nodes_need(log, &needed) < 0) {
		diag_system("the form \"%s\": old claims can't be looked for", log->form);
		return;
	}
	uint64_t first = needed < newest ? needed : newest; /* this one and the one before are looked at */
	if (first > 2 && generation_remove(log, first - 2, TURN) < 0)
		diag_system("the form \"%s\": old claims can't be removed", log->form);
}

/* Tells whether a form has its turn. After a failure it waits for a while, or the log would be full of it. */
static bool has_turn(const struct deciding_form *of, bool has_tasks, time_t now)
{
	if (!of->looked)
		return true;
	if (of->failed)
		return has_elapsed(of->looked, AGAIN_SECONDS, now);
	return of->left || has_tasks || has_elapsed(of->looked, LOOK_SECONDS, now);
}

static void decide_form(struct deciding *deciding, size_t i, const struct secret *secret, bool remove, time_t now)
{
	const struct config *config = deciding->config;
	const struct form *form = &config->forms[i];
	struct deciding_form *of = &deciding->forms[i];
	struct log log;
	log_begin(&log, config->data, form->name, config->node, config->durable);
	if (has_turn(of, config_form_task(config, form, 0), now)) {
		uint64_t remember = form->remember > form->same ? form->remember : form->same;
		int ended = decided_advance(&of->decided, &log, secret, remember, now, TURN);
		of->left = ended != 0;
		of->failed = ended < 0;
		of->looked = now;
	}
	if (remove)
		remove_claims(&log);
	log_end(&log);
}

void deciding_run(struct deciding *deciding, const struct secret *secret, time_t now)
{
	if (!deciding->forms)
		return;
	bool remove = !deciding->removed || has_elapsed(deciding->removed, REMOVE_SECONDS, now);
	for (size_t i = 0; i < deciding->config->forms_n; i++)
		decide_form(deciding, i, secret, remove, now);
	deciding->removed = remove ? now : deciding->removed;
}

bool deciding_pending(const struct deciding *deciding)
{
	for (size_t i = 0; deciding->forms && i < deciding->config->forms_n; i++)
		if (deciding->forms[i].left)
			return true;
	return false;
}
