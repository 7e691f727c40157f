/* Keeps outcomes exactly once. The secret's file is checked each time, so that a data folder may be replaced while a process runs. */
#include "keep/store.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "keep/key_index.h"
#include "keep/log_day.h"
#include "keep/nodes.h"
#include "keep/rates.h"
#include "keep/refusals.h"
#include "keep/secret_report.h"
#include "keep/steady.h"

/* How many forms keep their files open, up to four each: a process may have a thousand open files. */
enum { RECENT = 32 };

/* What a form has open. */
struct open_form {
	struct log log;
	struct key_index index;
	uint64_t version; /* of the form that it was begun for; 0: for none yet */
};

struct store {
	const struct config *config;
	struct secret secret;
	bool entered;           /* the node's name is this host's */
	struct open_form *open; /* by the places of forms */
	size_t places;
	size_t recent[RECENT]; /* the places posted to last, the newest first; the files of other forms are closed */
	size_t recent_n;
	struct rates rates;
	struct refusals refusals;
};

void store_umask(const struct config *config)
{
	umask(config->group ? S_IWGRP | S_IRWXO : S_IRWXG | S_IRWXO);
}

struct store *store_new(const struct config *config)
{
	struct store *store = calloc(1, sizeof *store);
	size_t places = config->forms_n + (config->slots ? FORM_SLOTS : 0);
	struct open_form *open = calloc(places + 1, sizeof *open);
	if (!store || !open)
		diag_die("out of memory");
	store->config = config;
	store->open = open;
	store->places = places;
	return store;
}

static void close_form(struct open_form *open)
{
	if (!open->version)
		return;
	key_index_end(&open->index);
	log_end(&open->log);
}

void store_free(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->places; i++)
		close_form(&store->open[i]);
	if (store->rates.config)
		rates_end(&store->rates);
	refusals_end(&store->refusals);
	free(store->open);
	free(store);
}

/* Gives what a form has open, begun anew if another form had its place. */
static struct open_form *open_of(struct store *store, const struct form *form)
{
	const struct config *config = store->config;
	struct open_form *open = &store->open[form->place];
	if (open->version == form->version)
		return open;
	close_form(open);
	log_begin(&open->log, config->data, form->name, config->node, config->durable);
	open->log.local = config->local != config->data ? config->local : NULL;
	key_index_begin(&open->index, &open->log, form->remember > form->same ? form->remember : form->same);
	open->version = form->version;
	return open;
}

static struct log *log_of(struct store *store, const struct form *form)
{
	return &open_of(store, form)->log;
}

/* Puts a form first among those whose files stay open, and closes the files of the oldest if they are too many. */
static void make_recent(struct store *store, const struct form *form)
{
	size_t i = 0;
	while (i < store->recent_n && store->recent[i] != form->place)
		i++;
	if (i == RECENT) {
		i--;
		key_index_end(&store->open[store->recent[i]].index);
		log_end(&store->open[store->recent[i]].log);
	} else if (i == store->recent_n) {
		store->recent_n++;
	}
	memmove(store->recent + 1, store->recent, i * sizeof *store->recent);
	store->recent[0] = form->place;
}

/* Tells whether the node's name is this host's, or there is none. Logs why not. */
static bool enter_node(struct store *store)
{
	if (!store->entered)
		store->entered = !*store->config->node || nodes_enter(store->config) == 0;
	return store->entered;
}

/* Returns the secret after an attempt to load it; NULL, with the reason logged if told is set, if that failed. */
static const struct secret *take_secret(struct store *store, int failed, ino_t known, bool told)
{
	const char *data = store->config->data;
	if (!failed) {
		if (store->secret.inode != known)
			secret_report_over(data);
		return &store->secret;
	}
	store->secret = (struct secret){0}; /* so that the same file counts as new once it is back */
	if (told)
		secret_report_once(data);
	return NULL;
}

const struct secret *store_secret(struct store *store, bool make)
{
	ino_t known = store->secret.inode;
	if (make && !enter_node(store))
		return NULL;
	int failed = secret_load(&store->secret, store->config->data, make);
	return take_secret(store, failed, known, make || (errno != ENOENT && errno != ENOTDIR));
}

bool store_has_secret(struct store *store)
{
	ino_t known = store->secret.inode;
	int failed = secret_try(&store->secret, store->config->data);
	return take_secret(store, failed, known, true) != NULL;
}

/* A key to add to the index once the place of its line is known. */
struct claim {
	struct key_index *index;
	const struct key *key;
	time_t now;
};

static int claim_take(void *context, struct place place)
{
	const struct claim *claim = context;
	return key_index_add(claim->index, claim->key, place, claim->now);
}

/* Looks up the key, and writes the line if there is none. The index is locked. */
static enum store_kept find_or_write(struct store *store, struct log *log, struct key_index *index, struct log_line *line,
	struct arena *arena, const struct claim *claim, char id[ID_LENGTH + 1])
{
	struct key_index_line had;
	switch (key_index_find(index, &store->secret, claim->key, claim->now, arena, &had)) {
	case KEY_ABSENT:
		if (log_write(log, &store->secret, line, claim->now, &(struct log_claim){claim_take, (void *)(uintptr_t)claim}, id) < 0)
			return STORE_FAILED;
		key_index_note(index, line);
		return STORE_KEPT;
	case KEY_FOUND: strcpy(id, had.id); return key_index_confirm(index, claim->key, &had) < 0 ? STORE_FAILED : STORE_KEPT_BEFORE;
	case KEY_OTHER: strcpy(id, had.id); return STORE_KEPT_OTHER;
	case KEY_FAILED: break;
	}
	return STORE_FAILED;
}

/* Takes back the line whose flush failed, unless another post with its key has made it durable meanwhile. */
static enum store_kept take_back(struct log *log, struct key_index *index, struct log_line *line, const struct claim *claim)
{
	if (key_index_lock(index, claim->now) < 0)
		return STORE_FAILED; /* the line may have been promised to another post, so it stays */
	enum key_index_confirmed confirmed = key_index_confirmed(index, claim->key, line->place);
	bool kept = confirmed == KEY_CONFIRMED;
	if (confirmed == KEY_ALONE)
		log_take_back(log, line);
	else if (confirmed == KEY_UNKNOWN)
		kept = log_line_renew(log, (struct span){line->bytes, line->length}, line->place) == 0;
	key_index_unlock(index);
	return kept ? STORE_KEPT : STORE_FAILED;
}

static enum store_kept keep_keyed(
	struct store *store, const struct form *form, struct text *text, time_t now, const struct key *key, char id[ID_LENGTH + 1])
{
	struct open_form *open = open_of(store, form);
	struct log *log = &open->log;
	struct key_index *index = &open->index;
	struct log_line line = {.bytes = text->bytes, .length = text->length};
	struct claim claim = {index, key, now};
	if (key_index_lock(index, now) < 0)
		return STORE_FAILED;
	enum store_kept kept = find_or_write(store, log, index, &line, text->arena, &claim, id);
	key_index_unlock(index);
	if (kept == STORE_KEPT && log_flush(log) < 0)
		return take_back(log, index, &line, &claim);
	return kept;
}

enum store_kept store_keep(
	struct store *store, const struct form *form, struct text *line, time_t now, const struct key *key, char id[ID_LENGTH + 1])
{
	make_recent(store, form);
	if (key)
		return keep_keyed(store, form, line, now, key, id); /* the secret was loaded to make the key */
	const struct secret *secret = store_secret(store, true);
	if (!secret)
		return STORE_FAILED;
	return log_append(log_of(store, form), secret, line->bytes, line->length, now, id) < 0 ? STORE_FAILED : STORE_KEPT;
}

int store_erase(struct store *store, const struct form *form, struct span id, struct arena *arena)
{
	const struct secret *secret = store_secret(store, true);
	return secret && log_line_erase(log_of(store, form), secret, id, arena) == LOG_FOUND ? 0 : -1;
}

uint64_t store_count(struct store *store, const struct form *form, const char *client)
{
	if (!store->rates.config)
		rates_begin(&store->rates, store->config);
	int64_t wait = rates_count(&store->rates, form, client);
	return wait > 0 ? (uint64_t)wait : 0; /* a post that can't be counted passes */
}

void store_count_refusal(struct store *store, int status)
{
	refusals_count(&store->refusals, store->config, status);
}

bool store_has_passed(const struct store *store, time_t since, uint64_t seconds, time_t now)
{
	return steady_has_passed(store->config->data, store->config->node, since, seconds, now);
}

bool store_is_archived(struct store *store, const struct form *form, struct span id)
{
	struct place place;
	const struct secret *secret = store_secret(store, false);
	return secret && id_read(id, secret, &place) && place.node == id_node(store->config->node) &&
		log_day_is_archived(log_of(store, form), place.day);
}

enum log_found store_find(struct store *store, const struct form *form, struct span id, struct arena *arena, struct span *line)
{
	const struct secret *secret = store_secret(store, false);
	if (secret)
		return log_line_find(log_of(store, form), secret, id, arena, line);
	return errno == ENOENT || errno == ENOTDIR ? LOG_ABSENT : LOG_FAILED;
}
