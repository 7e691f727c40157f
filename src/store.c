/* The store; see store.h. The secret's file is looked at each time, so that a data folder may be replaced under a process. */
#include "store.h"

#include <errno.h>
#include <stdlib.h>

#include "diag.h"

struct store {
	const struct config *config;
	struct secret secret;
	struct log *logs; /* one a form, in the order of the configuration */
};

struct store *store_new(const struct config *config)
{
	struct store *store = calloc(1, sizeof *store);
	struct log *logs = calloc(config->forms_n, sizeof *logs);
	if (!store || !logs)
		diag_die("out of memory");
	store->config = config;
	store->logs = logs;
	for (size_t i = 0; i < config->forms_n; i++)
		log_begin(&logs[i], config->data, config->forms[i].name, config->node, config->durable);
	return store;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->config->forms_n; i++)
		log_end(&store->logs[i]);
	free(store->logs);
	free(store);
}

static struct log *log_of(struct store *store, const struct form *form)
{
	return &store->logs[form - store->config->forms];
}

int store_keep(struct store *store, const struct form *form, struct text *line, time_t now, char id[ID_LENGTH + 1])
{
	if (secret_load(&store->secret, store->config->data, true) < 0) {
		diag_system("%s: [seeother] data: %s/secret can't be read or made", store->config->file, store->config->data);
		return -1;
	}
	return log_append(log_of(store, form), &store->secret, line->bytes, line->length, now, id);
}

enum log_found store_find(struct store *store, const struct form *form, struct span id, struct arena *arena,
	struct span *line)
{
	if (secret_load(&store->secret, store->config->data, false) == 0)
		return log_find(log_of(store, form), &store->secret, id, arena, line);
	if (errno == ENOENT || errno == ENOTDIR)
		return LOG_ABSENT;
	diag_system("%s: [seeother] data: %s/secret can't be read", store->config->file, store->config->data);
	return LOG_FAILED;
}
