/* The store; see store.h. The secret's file is looked at each time, so that a data folder may be replaced under a process. */
#include "keep/store.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "keep/keyring.h"
#include "keep/rates.h"

/* Forms whose files stay open, up to four each: a process may have no more than a thousand. */
enum { RECENT = 32 };

struct store {
	const struct config *config;
	struct secret secret;
	struct log *logs;          /* one a form, in the order of the configuration */
	struct keyring *keyrings;  /* likewise */
	size_t recent[RECENT];     /* the forms of which something was kept last, the newest first; files of others are closed */
	size_t recent_n;
	struct rates rates;
};

struct store *store_new(const struct config *config)
{
	struct store *store = calloc(1, sizeof *store);
	struct log *logs = calloc(config->forms_n, sizeof *logs);
	struct keyring *keyrings = calloc(config->forms_n, sizeof *keyrings);
	if (!store || !logs || !keyrings)
		diag_die("out of memory");
	store->config = config;
	store->logs = logs;
	store->keyrings = keyrings;
	for (size_t i = 0; i < config->forms_n; i++) {
		const struct form *form = &config->forms[i];
		log_begin(&logs[i], config->data, form->name, config->node, config->durable);
		keyring_begin(&keyrings[i], &logs[i], form->remember > form->same ? form->remember : form->same);
	}
	return store;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->config->forms_n; i++) {
		keyring_end(&store->keyrings[i]);
		log_end(&store->logs[i]);
	}
	if (store->rates.data)
		rates_end(&store->rates);
	free(store->keyrings);
	free(store->logs);
	free(store);
}

static struct log *log_of(struct store *store, const struct form *form)
{
	return &store->logs[form - store->config->forms];
}

/* Makes a form the newest of those whose files stay open; where they are too many, the files of the oldest are closed. */
static void make_recent(struct store *store, const struct form *form)
{
	size_t index = (size_t)(form - store->config->forms), i = 0;
	while (i < store->recent_n && store->recent[i] != index)
		i++;
	if (i == RECENT) {
		i--;
		keyring_end(&store->keyrings[store->recent[i]]);
		log_end(&store->logs[store->recent[i]]);
	} else if (i == store->recent_n) {
		store->recent_n++;
	}
	memmove(store->recent + 1, store->recent, i * sizeof *store->recent);
	store->recent[0] = index;
}

const struct secret *store_secret(struct store *store, bool make)
{
	if (secret_load(&store->secret, store->config->data, make) == 0)
		return &store->secret;
	if (make || (errno != ENOENT && errno != ENOTDIR))
		diag_system("%s: [seeother] data: %s/secret can't be read%s", store->config->file, store->config->data,
			make ? " or made" : "");
	return NULL;
}

/* A key that is set down once it is known where its line will be. */
struct claim {
	struct keyring *keyring;
	const struct key *key;
	time_t now;
};

static int claim_take(void *context, struct place place)
{
	const struct claim *claim = context;
	return keyring_add(claim->keyring, claim->key, place, claim->now);
}

/* The keyring is locked: gives what was found, or writes the line. */
static enum store_kept find_or_write(struct store *store, struct log *log, struct keyring *keyring, struct log_line *line,
	struct arena *arena, const struct claim *claim, char id[ID_LENGTH + 1])
{
	struct keyring_line had;
	switch (keyring_find(keyring, &store->secret, claim->key, claim->now, arena, &had)) {
	case KEYRING_ABSENT:
		if (log_write(log, &store->secret, line, claim->now, &(struct log_claim){claim_take, (void *)(uintptr_t)claim}, id) < 0)
			return STORE_FAILED;
		keyring_note(keyring, line);
		return STORE_KEPT;
	case KEYRING_FOUND:
		strcpy(id, had.id);
		return keyring_confirm(keyring, claim->key, &had) < 0 ? STORE_FAILED : STORE_KEPT_BEFORE;
	case KEYRING_OTHER:
		strcpy(id, had.id);
		return STORE_KEPT_OTHER;
	case KEYRING_FAILED: break;
	}
	return STORE_FAILED;
}

/* A flush failed; the line goes, unless another post with its key could make it durable meanwhile. */
static enum store_kept take_back(struct log *log, struct keyring *keyring, struct log_line *line, const struct claim *claim)
{
	if (keyring_lock(keyring, claim->now) < 0)
		return STORE_FAILED; /* a line that may have been promised stays */
	enum keyring_confirmed confirmed = keyring_confirmed(keyring, claim->key, line->place);
	bool kept = confirmed == KEYRING_CONFIRMED;
	if (confirmed == KEYRING_ALONE)
		log_take_back(log, line);
	else if (confirmed == KEYRING_UNKNOWN)
		kept = log_renew(log, (struct span){line->bytes, line->length}, line->place) == 0;
	keyring_unlock(keyring);
	return kept ? STORE_KEPT : STORE_FAILED;
}

static enum store_kept keep_keyed(struct store *store, const struct form *form, struct text *text, time_t now,
	const struct key *key, char id[ID_LENGTH + 1])
{
	struct log *log = log_of(store, form);
	struct keyring *keyring = &store->keyrings[form - store->config->forms];
	struct log_line line = {.bytes = text->bytes, .length = text->length};
	struct claim claim = {keyring, key, now};
	if (keyring_lock(keyring, now) < 0)
		return STORE_FAILED;
	enum store_kept kept = find_or_write(store, log, keyring, &line, text->arena, &claim, id);
	keyring_unlock(keyring);
	if (kept == STORE_KEPT && log_flush(log) < 0)
		return take_back(log, keyring, &line, &claim);
	return kept;
}

enum store_kept store_keep(struct store *store, const struct form *form, struct text *line, time_t now, const struct key *key,
	char id[ID_LENGTH + 1])
{
	make_recent(store, form);
	if (key)
		return keep_keyed(store, form, line, now, key, id); /* it was made with the secret just now */
	const struct secret *secret = store_secret(store, true);
	if (!secret)
		return STORE_FAILED;
	return log_append(log_of(store, form), secret, line->bytes, line->length, now, id) < 0 ? STORE_FAILED : STORE_KEPT;
}

int store_erase(struct store *store, const struct form *form, struct span id, struct arena *arena)
{
	const struct secret *secret = store_secret(store, true);
	return secret && log_erase(log_of(store, form), secret, id, arena) == LOG_FOUND ? 0 : -1;
}

uint64_t store_count(struct store *store, const struct form *form, const char *client)
{
	if (!store->rates.data)
		rates_begin(&store->rates, store->config->data, store->config->node);
	return rates_count(&store->rates, form, client);
}

enum log_found store_find(struct store *store, const struct form *form, struct span id, struct arena *arena,
	struct span *line)
{
	const struct secret *secret = store_secret(store, false);
	if (secret)
		return log_find(log_of(store, form), secret, id, arena, line);
	return errno == ENOENT || errno == ENOTDIR ? LOG_ABSENT : LOG_FAILED;
}
